import type { Database, DatabaseSession } from './connect.js';
import { hasDefault } from './creation/pairs.js';
import { moment } from './environmentRows/liveFeatureStates.js';

/**
 * Features of the environment's project without a default state in it, where both are old enough for seeding to be over:
 * nobody will make it any more. By the rule that seeding goes by.
 *
 * @param oldSince UTC text as `Snapshot.asOf`
 */
export const selectUnseededFeatures = async (
  tx: DatabaseSession,
  environmentId: number,
  oldSince: string,
): Promise<number[]> => {
  const rows = await tx<{ id: number }[]>`
    SELECT feature.id
    FROM public.environments_environment AS environment
    JOIN public.features_feature AS feature
      ON feature.project_id = environment.project_id AND feature.deleted_at IS NULL
    WHERE environment.id = ${environmentId}
      AND greatest(feature.created_date, environment.created_date) <= ${moment(tx, oldSince)}
      AND NOT ${hasDefault(tx)}
    ORDER BY feature.id`;
  return rows.map(({ id }) => id);
};

/** Whether the outbox holds a change of the environment, or of its project; what is scheduled for later is none yet. */
export async function hasChangeInOutbox(tx: DatabaseSession, environmentId: number): Promise<boolean> {
  const [row] = await tx<{ found: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM document_sync.outbox
      WHERE changed_at <= clock_timestamp()
        AND (environment_id = ${environmentId} OR environment_id IS NULL AND project_id = (
          SELECT project_id FROM public.environments_environment WHERE id = ${environmentId}))) AS found`;
  return row?.found ?? false;
}

/** A key under which an environment that is deleted, or has another key now, may have an item. */
export interface FormerKey {
  apiKey: string;
  /** PostgreSQL tells that the environment had it; otherwise only an item does. */
  isKnown: boolean;
  /** An environment that is not deleted has this key: the item is its own. */
  hasLiveOwner: boolean;
}

export interface Former {
  /** There is such an environment, and it is not deleted. */
  isLive: boolean;
  /** False only where the environment's project is known, and does not use DynamoDB. */
  usesDynamoDb: boolean;
  keys: FormerKey[];
}

/**
 * The keys that the environment had and has no longer.
 *
 * @param foundKeys under which items of it were found
 */
export async function selectFormer(
  tx: DatabaseSession,
  environmentId: number,
  foundKeys: string[],
): Promise<Former> {
  const [[environment], keys] = await Promise.all([
    tx<{ isLive: boolean; usesDynamoDb: boolean }[]>`
      SELECT environment.deleted_at IS NULL AS "isLive", project.enable_dynamo_db AS "usesDynamoDb"
      FROM public.environments_environment AS environment
      JOIN public.projects_project AS project ON project.id = environment.project_id
      WHERE environment.id = ${environmentId}`,
    tx<FormerKey[]>`
      SELECT
        api_key AS "apiKey", bool_or(is_known) AS "isKnown",
        EXISTS (
          SELECT FROM public.environments_environment AS environment
          WHERE environment.api_key = former.api_key AND environment.deleted_at IS NULL) AS "hasLiveOwner"
      FROM (
        SELECT api_key, true AS is_known FROM document_sync.retired_key WHERE environment_id = ${environmentId}
        UNION ALL
        SELECT api_key, true FROM public.environments_environment
        WHERE id = ${environmentId} AND deleted_at IS NOT NULL
        UNION ALL
        SELECT unnest(${foundKeys}::text[]), false
      ) AS former
      GROUP BY api_key`,
  ]);
  return { isLive: environment?.isLive ?? false, usesDynamoDb: environment?.usesDynamoDb ?? true, keys };
}

/** Remembers keys of an environment for the deletion of what is under them. */
export async function retireKeys(db: Database, environmentId: number, keys: string[]): Promise<void> {
  if (keys.length === 0) return;
  await db`
    INSERT INTO document_sync.retired_key (environment_id, api_key)
    SELECT ${environmentId}::integer, api_key FROM unnest(${keys}::text[]) AS api_key
    WHERE NOT EXISTS (
      SELECT FROM document_sync.retired_key AS retired
      WHERE retired.environment_id = ${environmentId} AND retired.api_key = api_key.api_key)`;
}

/** What PostgreSQL knows of environments that items tell of. */
export interface Owners {
  /** Of the environments that are not deleted: their key by their id. */
  live: Map<number, string>;
  /** Deleted ones, and those that had other keys: each with a key that it has no longer. */
  former: Set<string>;
  /** Keys that environments which are not deleted have. */
  liveKeys: Set<string>;
}

/** @param ids may be of environments that never were here, and beyond PostgreSQL's type of these ids */
export async function selectOwners(tx: DatabaseSession, ids: number[], keys: string[]): Promise<Owners> {
  const [environments, retired, liveKeys] = await Promise.all([
    tx<{ id: number; apiKey: string; isLive: boolean }[]>`
      SELECT id, api_key AS "apiKey", deleted_at IS NULL AS "isLive"
      FROM public.environments_environment WHERE id = ANY (${ids}::bigint[])`,
    tx<{ id: number; apiKey: string }[]>`
      SELECT environment_id AS id, api_key AS "apiKey"
      FROM document_sync.retired_key WHERE environment_id = ANY (${ids}::bigint[])`,
    tx<{ apiKey: string }[]>`
      SELECT api_key AS "apiKey" FROM public.environments_environment
      WHERE api_key = ANY (${keys}::text[]) AND deleted_at IS NULL`,
  ]);
  const former = [...environments.filter(({ isLive }) => !isLive), ...retired];
  return {
    live: new Map(environments.filter(({ isLive }) => isLive).map(({ id, apiKey }) => [id, apiKey])),
    former: new Set(former.map(({ id, apiKey }) => formerName(id, apiKey))),
    liveKeys: new Set(liveKeys.map(({ apiKey }) => apiKey)),
  };
}

/** An element of `Owners.former`. */
export const formerName = (environmentId: number, apiKey: string): string => `${environmentId} ${apiKey}`;
