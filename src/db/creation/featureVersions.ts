import type { DatabaseSession, Fragment } from '../connect.js';
import { derivedUuid } from './derivedUuid.js';
import { type Chunk, hasDefault, inChunk, itsDefaults, pairs, type SeedingScope } from './pairs.js';

/**
 * The version that the default of the pair of `environment` and `feature` belongs to: the one that is live, whoever made
 * it, else the one that `insertVersions` makes.
 */
export const itsVersion = (db: DatabaseSession): Fragment =>
  db`coalesce(${liveVersion(db)}, ${newVersion(db)})`;

/** Null where the pair has none. */
export const liveVersion = (db: DatabaseSession): Fragment => db`(
    SELECT live.uuid FROM public.feature_versioning_environmentfeatureversion AS live
    WHERE live.environment_id = environment.id AND live.feature_id = feature.id
      AND live.deleted_at IS NULL AND live.published_at IS NOT NULL AND live.live_from <= now()
    ORDER BY live.live_from DESC, live.uuid LIMIT 1
  )`;

/** `uuid` is the table's only key: a repeated or concurrent insert meets the first one in it. */
export const newVersion = (db: DatabaseSession): Fragment =>
  derivedUuid(db, [db`environment.uuid`, db`feature.uuid`, db`'version'`]);

/**
 * Publishes a version for each pair of the chunk that is under v2 versioning and has neither a default nor a live
 * version. One that is there without a default is used: a second one would hide its segment overrides.
 */
export const insertVersions = (db: DatabaseSession, scope: SeedingScope, chunk: Chunk) => db`
  INSERT INTO public.feature_versioning_environmentfeatureversion (
    uuid, environment_id, feature_id, created_at, updated_at, published_at, live_from
  )
  SELECT ${newVersion(db)}, environment.id, feature.id, now(), now(), now(), now()
  FROM ${pairs(db, scope)}
  WHERE ${inChunk(db, scope, chunk)} AND environment.use_v2_feature_versioning
    AND NOT ${hasDefault(db)} AND ${liveVersion(db)} IS NULL
  ORDER BY environment.id, feature.id
  ON CONFLICT DO NOTHING`;

/**
 * Puts the defaults that were live under v1 versioning into their pairs' versions, where the environment has changed to
 * v2 versioning and left them out: made while it changed, they keep their value as all others did.
 */
export const adoptStates = (db: DatabaseSession, scope: SeedingScope, chunk: Chunk) => db`
  UPDATE public.features_featurestate AS adopted
  SET environment_feature_version_id = leftover.version_id
  FROM (
    SELECT DISTINCT ON (environment.id, feature.id) state.id, ${itsVersion(db)} AS version_id
    FROM ${pairs(db, scope)}
    ${itsDefaults(db)}
    WHERE ${inChunk(db, scope, chunk)} AND environment.use_v2_feature_versioning
      AND NOT ${hasDefault(db)} AND state.version IS NOT NULL AND state.live_from <= now()
    ORDER BY environment.id, feature.id, state.live_from DESC, state.version DESC, state.id DESC
  ) AS leftover
  WHERE adopted.id = leftover.id`;
