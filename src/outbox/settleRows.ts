import type { DatabaseSession } from '../db/connect.js';
import type { OutboxRow } from './claimDue.js';

const MAX_POSTPONEMENT_S = 60;

/** Takes rows out of the outbox: Temporal has them. */
export async function deleteRows(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length > 0) await tx`DELETE FROM document_sync.outbox WHERE id = ANY (${idsOf(rows)}::bigint[])`;
}

/** Leaves rows for another try: 1 s, 2 s, 4 s … later with each one. */
export async function postponeRows(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    UPDATE document_sync.outbox
    SET attempts = attempts + 1,
      due_at = clock_timestamp() + least(2 ^ least(attempts, 10), ${MAX_POSTPONEMENT_S}) * interval '1 second'
    WHERE id = ANY (${idsOf(rows)}::bigint[])`;
}

/**
 * Puts, in the place of rows of whole projects, one for each of their environments that is not deleted: from then on
 * these are claimed, coalesced, accepted or refused each by itself.
 */
export async function expandRows(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at, due_at)
    SELECT change.project_id, environment.id, min(change.source), min(change.changed_at), min(change.due_at)
    FROM document_sync.outbox AS change
    JOIN public.environments_environment AS environment ON environment.project_id = change.project_id
    WHERE change.id = ANY (${idsOf(rows)}::bigint[]) AND environment.deleted_at IS NULL
    GROUP BY change.project_id, environment.id, change.source = 'seeding_finished'
    ORDER BY environment.id`;
  await deleteRows(tx, rows);
}

const idsOf = (rows: OutboxRow[]) => rows.map(({ id }) => id);
