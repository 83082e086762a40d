import type { Database, DatabaseSession } from './connect.js';

/** A key that an environment no longer has, under which DynamoDB may still hold its item. */
export interface RetiredKey {
  /** `document_sync.retired_key.id`: what histories and logs may name. */
  id: string;
  apiKey: string;
  /** The environment, which is not deleted, has this key again: its item is not to be touched. */
  isInUseAgain: boolean;
  /** Its first deletion is long enough ago for the last one. */
  isDueAgain: boolean;
}

export interface Retirement {
  /** There is such an environment, and it is not deleted. */
  isLive: boolean;
  /** False only where the environment's project is known, and does not use DynamoDB. */
  usesDynamoDb: boolean;
  keys: RetiredKey[];
}

/** Whether keys of the environment wait for the deletion of their items. */
export async function hasRetiredKeys(tx: DatabaseSession, environmentId: number): Promise<boolean> {
  const [row] = await tx<{ found: boolean }[]>`
    SELECT EXISTS (SELECT FROM document_sync.retired_key WHERE environment_id = ${environmentId}) AS found`;
  return row?.found ?? false;
}

/** Remembers the key of an environment whose deletion no trigger has recorded: one from before the triggers. */
export async function retireDeletedKey(db: Database, environmentId: number): Promise<void> {
  await db`
    INSERT INTO document_sync.retired_key (environment_id, api_key)
    SELECT environment.id, environment.api_key
    FROM public.environments_environment AS environment
    JOIN public.projects_project AS project ON project.id = environment.project_id
    WHERE environment.id = ${environmentId} AND environment.deleted_at IS NOT NULL AND project.enable_dynamo_db
      AND NOT EXISTS (
        SELECT FROM document_sync.retired_key AS retired
        WHERE retired.environment_id = environment.id AND retired.api_key = environment.api_key)`;
}

/** What the environment left behind, and who has its keys now. */
export async function readRetirement(
  tx: DatabaseSession,
  environmentId: number,
  againAfterMs: number,
): Promise<Retirement> {
  const [[environment], keys] = await Promise.all([
    tx<{ isLive: boolean; usesDynamoDb: boolean }[]>`
      SELECT environment.deleted_at IS NULL AS "isLive", project.enable_dynamo_db AS "usesDynamoDb"
      FROM public.environments_environment AS environment
      JOIN public.projects_project AS project ON project.id = environment.project_id
      WHERE environment.id = ${environmentId}`,
    tx<RetiredKey[]>`
      SELECT
        id::text, api_key AS "apiKey",
        EXISTS (
          SELECT FROM public.environments_environment AS environment
          WHERE environment.id = retired.environment_id
            AND environment.api_key = retired.api_key AND environment.deleted_at IS NULL) AS "isInUseAgain",
        coalesce(
          items_deleted_at <= clock_timestamp() - ${againAfterMs}::float8 * interval '1 ms', false) AS "isDueAgain"
      FROM document_sync.retired_key AS retired
      WHERE environment_id = ${environmentId} ORDER BY id`,
  ]);
  return { isLive: environment?.isLive ?? false, usesDynamoDb: environment?.usesDynamoDb ?? true, keys };
}

/** Whether the environment exists and is not deleted. */
export async function isEnvironmentLive(tx: DatabaseSession, environmentId: number): Promise<boolean> {
  const [row] = await tx<{ found: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM public.environments_environment WHERE id = ${environmentId} AND deleted_at IS NULL) AS found`;
  return row?.found ?? false;
}

/** Whether an environment that is not deleted has the key. */
export async function isKeyInUse(tx: DatabaseSession, apiKey: string): Promise<boolean> {
  const [row] = await tx<{ found: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM public.environments_environment WHERE api_key = ${apiKey} AND deleted_at IS NULL) AS found`;
  return row?.found ?? false;
}

/**
 * Forgets the keys that need no further deletion, and remembers of the others when their first one was. What was retired
 * since they were read stays as it is.
 *
 * @returns in how many milliseconds all keys still remembered are due again, or undefined if there is none
 */
export async function settleKeys(
  db: Database,
  environmentId: number,
  { forget, deleted, againAfterMs }: { forget: string[]; deleted: string[]; againAfterMs: number },
): Promise<number | undefined> {
  const [row] = await db.transaction(async (tx) => {
    const [, , rows] = await Promise.all([
      tx`DELETE FROM document_sync.retired_key WHERE id = ANY (${forget}::bigint[])`,
      tx`
        UPDATE document_sync.retired_key SET items_deleted_at = clock_timestamp()
        WHERE id = ANY (${deleted}::bigint[]) AND items_deleted_at IS NULL`,
      tx<{ againInMs: number | null }[]>`
        SELECT greatest(1, ceil(${againAfterMs}::float8 + 1000 * extract(epoch FROM
          max(coalesce(items_deleted_at, clock_timestamp())) - clock_timestamp())))::float8 AS "againInMs"
        FROM document_sync.retired_key WHERE environment_id = ${environmentId} HAVING count(*) > 0`,
    ]);
    return rows;
  });
  return row?.againInMs ?? undefined;
}
