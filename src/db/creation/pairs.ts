import type { DatabaseSession, Fragment } from '../connect.js';

/** The pairs that one environment, or one feature, forms with its project's features or environments. */
export type SeedingScope = { environmentId: number } | { featureId: number };

/** A piece of the pairs, by the id of the other side: the features of an environment, or the reverse. */
export type Chunk = ChunkOfAll | { ids: number[] };

export interface ChunkOfAll {
  afterId: number;
  upToId: number;
}

/**
 * The next chunk of at most `size` pairs after `afterId`, undefined at the end. Only undeleted rows of both sides; what
 * is created later forms its pairs itself, as it sees this side's row.
 */
export async function nextChunk(
  db: DatabaseSession,
  scope: SeedingScope,
  afterId: number,
  size: number,
): Promise<ChunkOfAll | undefined> {
  const [row] = await db<{ upToId: number | null }[]>`
    SELECT max(other_id) AS "upToId" FROM (
      SELECT ${otherId(db, scope)} AS other_id
      FROM ${pairs(db, scope)}
      WHERE ${otherId(db, scope)} > ${afterId}
      ORDER BY 1 LIMIT ${size}
    ) AS chunk`;
  return row?.upToId == null ? undefined : { afterId, upToId: row.upToId };
}

/** The joined rows `project`, `environment` and `feature` of each pair. */
export const pairs = (db: DatabaseSession, scope: SeedingScope): Fragment => db`
    public.projects_project AS project
    JOIN public.environments_environment AS environment
      ON environment.project_id = project.id AND environment.deleted_at IS NULL
      ${'environmentId' in scope ? db`AND environment.id = ${scope.environmentId}` : db``}
    JOIN public.features_feature AS feature
      ON feature.project_id = project.id AND feature.deleted_at IS NULL
      ${'featureId' in scope ? db`AND feature.id = ${scope.featureId}` : db``}`;

export const inChunk = (db: DatabaseSession, scope: SeedingScope, chunk: Chunk): Fragment =>
  'ids' in chunk
    ? db`${otherId(db, scope)} = ANY (${chunk.ids}::integer[])`
    : db`${otherId(db, scope)} > ${chunk.afterId} AND ${otherId(db, scope)} <= ${chunk.upToId}`;

const otherId = (db: DatabaseSession, scope: SeedingScope): Fragment =>
  'environmentId' in scope ? db`feature.id` : db`environment.id`;

/** Joins `state`, each environment default that the pair of `environment` and `feature` has. */
export const itsDefaults = (db: DatabaseSession): Fragment => db`
  JOIN public.features_featurestate AS state
    ON state.environment_id = environment.id AND state.feature_id = feature.id
    AND state.identity_id IS NULL AND state.feature_segment_id IS NULL AND state.deleted_at IS NULL`;

/**
 * Somebody has made the pair's default. Under v2 versioning only one that belongs to a version counts, as without one
 * it is in no document. Of which kind the version is does not matter: a draft or a scheduled one is somebody's decision,
 * and the states of a deleted one may still be live, so that a new version beside it would replace a value in use.
 */
export const hasDefault = (db: DatabaseSession): Fragment => db`
  EXISTS (
    SELECT FROM public.features_featurestate AS present
    WHERE present.environment_id = environment.id AND present.feature_id = feature.id
      AND present.identity_id IS NULL AND present.feature_segment_id IS NULL AND present.deleted_at IS NULL
      AND (NOT environment.use_v2_feature_versioning OR present.environment_feature_version_id IS NOT NULL)
  )`;
