import type { DatabaseSession } from './connect.js';

/**
 * Puts a request for a sync into the outbox, to be handed to Temporal when it is due.
 *
 * @param dueAt UTC text, microseconds; at once where it is left out
 */
export async function insertSyncRequest(
  db: DatabaseSession,
  environmentId: number,
  dueAt?: string,
): Promise<void> {
  await db`
    INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at, due_at)
    SELECT
      (SELECT project_id FROM public.environments_environment WHERE id = ${environmentId}), ${environmentId}::integer,
      'sync_request', due_at, due_at
    FROM (SELECT coalesce(${dueAt ?? null}::text::timestamp AT TIME ZONE 'UTC', clock_timestamp()) AS due_at) AS moment`;
}

/**
 * Puts a change that was taken out of the outbox back into it.
 *
 * @param changedAt when it was made: UTC text, microseconds; now where that is not known
 */
export async function putChangeBack(
  db: DatabaseSession,
  environmentId: number,
  changedAt: string | undefined,
): Promise<void> {
  await db`
    INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at)
    SELECT
      (SELECT project_id FROM public.environments_environment WHERE id = ${environmentId}), ${environmentId}::integer,
      'sync_request', coalesce(${changedAt ?? null}::text::timestamp AT TIME ZONE 'UTC', clock_timestamp())`;
}
