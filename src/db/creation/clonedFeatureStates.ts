import type { Database, Fragment } from '../connect.js';
import { liveDefaults, liveSegmentOverrides, moment } from '../environmentRows/liveFeatureStates.js';
import { copiedColumns } from './copiedColumns.js';
import { derivedUuid } from './derivedUuid.js';
import { itsVersion, liveVersion, newVersion } from './featureVersions.js';
import { hasDefault } from './pairs.js';

/** What the statements of one cloning have in common. */
export interface Cloning extends ClonedEnvironment {
  /** The moment whose live states are copied: UTC text. */
  asOf: string;
  columns: Awaited<ReturnType<typeof readColumns>>;
}

/** From which environment to which. */
export interface ClonedEnvironment {
  sourceEnvironmentId: number;
  environmentId: number;
}

/** The moment is the same whenever it is asked for: the one at which the clone's row was made. */
export async function readCloning(db: Database, ids: ClonedEnvironment): Promise<Cloning> {
  const [clone] = await db<{ asOf: string }[]>`
    SELECT to_char(created_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "asOf"
    FROM public.environments_environment WHERE id = ${ids.environmentId}`;
  if (!clone) throw new Error('The clone inserted a moment ago is gone.');
  return { ...ids, asOf: clone.asOf, columns: await readColumns(db) };
}

/**
 * The source is as it was when its row was copied: not deleted, and under the same versioning. A look afterwards tells
 * about all the time before, as a deletion is for good, and nobody changes the versioning to and fro in a moment.
 */
export async function isSourceIntact(
  db: Database,
  { sourceEnvironmentId, environmentId }: ClonedEnvironment,
): Promise<boolean> {
  const rows = await db`
    SELECT FROM public.environments_environment AS source
    JOIN public.environments_environment AS clone USING (use_v2_feature_versioning)
    WHERE source.id = ${sourceEnvironmentId} AND source.deleted_at IS NULL AND clone.id = ${environmentId}`;
  return rows.length > 0;
}

/**
 * The ids of the states that the source's document is made of: the current default of each feature and the current state
 * of each segment override, in the order in which they are copied. Those of a deleted feature are left out: nobody would
 * delete their copies.
 */
export async function readStatesToCopy(
  db: Database,
  { sourceEnvironmentId, asOf }: Cloning,
): Promise<number[]> {
  const states = await db<{ id: number }[]>`
    SELECT current.id
    FROM (
      SELECT DISTINCT ON (feature_segment_id, feature_id) id, feature_id, feature_segment_id
      FROM (
        ${liveDefaults(db, sourceEnvironmentId, asOf)}
        UNION ALL
        ${liveSegmentOverrides(db, sourceEnvironmentId, asOf)}
      ) AS live
      ORDER BY feature_segment_id, feature_id, live_from DESC, version DESC, id DESC
    ) AS current
    JOIN public.features_feature AS feature ON feature.id = current.feature_id AND feature.deleted_at IS NULL
    LEFT JOIN public.features_featuresegment AS feature_segment ON feature_segment.id = current.feature_segment_id
    ORDER BY feature.id, feature_segment.priority NULLS FIRST, feature_segment.id`;
  return states.map(({ id }) => id);
}

/**
 * Copies these states, with values and multivariate values, an override with its feature segment and, under v2 versioning,
 * each feature with a published version. Statements without a transaction around them: each repeated one finds what is
 * done and adds the rest. A default has the uuids that seeding would give it, so that a feature which is created at this
 * moment gets one state, by whichever comes first.
 *
 * @returns how many feature states it made
 */
export async function copyStates(db: Database, cloning: Cloning, stateIds: number[]): Promise<number> {
  await insertVersions(db, cloning, stateIds);
  await insertFeatureSegments(db, cloning, stateIds);
  const states = await insertStates(db, cloning, stateIds);
  await insertValues(db, cloning, stateIds);
  await insertMultivariateValues(db, cloning, stateIds);
  return states.count;
}

async function readColumns(db: Database) {
  const [featureSegment, state, value, multivariateValue] = await Promise.all([
    copiedColumns(db, 'features_featuresegment', 'feature_segment', [
      ...['id', 'uuid', 'environment_id', 'environment_feature_version_id'],
    ]),
    copiedColumns(db, 'features_featurestate', 'current', [
      ...['id', 'uuid', 'environment_id', 'environment_feature_version_id', 'feature_segment_id', 'version'],
      // A change request is the source's alone.
      ...['live_from', 'created_at', 'updated_at', 'mv_hashing_salt', 'change_request_id'],
    ]),
    copiedColumns(db, 'features_featurestatevalue', 'source', ['id', 'uuid', 'feature_state_id']),
    copiedColumns(db, 'multivariate_multivariatefeaturestatevalue', 'source', [
      'id',
      'uuid',
      'feature_state_id',
    ]),
  ]);
  return { featureSegment, state, value, multivariateValue };
}

const insertVersions = (db: Database, cloning: Cloning, stateIds: number[]) => db`
  INSERT INTO public.feature_versioning_environmentfeatureversion (
    uuid, environment_id, feature_id, created_at, updated_at, published_at, live_from
  )
  SELECT DISTINCT ON (feature.id)
    ${newVersion(db)}, environment.id, feature.id, now(), now(), ${start(db, cloning)}, ${start(db, cloning)}
  FROM ${toCopy(db, cloning, stateIds)}
  WHERE environment.use_v2_feature_versioning AND ${liveVersion(db)} IS NULL
  ORDER BY feature.id
  ON CONFLICT DO NOTHING`;

/** Where a tie of versions has two rows for one feature and segment, the one of higher priority: only one can be. */
const insertFeatureSegments = (db: Database, cloning: Cloning, stateIds: number[]) => db`
  INSERT INTO public.features_featuresegment (uuid, environment_id, environment_feature_version_id, ${cloning.columns.featureSegment.names})
  SELECT
    ${copyOfFeatureSegment(db)}, environment.id,
    CASE WHEN environment.use_v2_feature_versioning THEN ${itsVersion(db)} END, ${cloning.columns.featureSegment.values}
  FROM ${toCopy(db, cloning, stateIds)}
  WHERE feature_segment.id IS NOT NULL
  ORDER BY listed.position
  ON CONFLICT DO NOTHING`;

/** `mv_hashing_salt` keeps identities in the variants that they have in the source. */
const insertStates = (db: Database, cloning: Cloning, stateIds: number[]) => db`
  INSERT INTO public.features_featurestate (
    uuid, environment_id, feature_segment_id, environment_feature_version_id, version, live_from, created_at, updated_at,
    mv_hashing_salt, ${cloning.columns.state.names}
  )
  SELECT
    ${uuidOfCopy(db, 'state')}, environment.id, override.id,
    CASE WHEN environment.use_v2_feature_versioning THEN ${itsVersion(db)} END,
    CASE WHEN NOT environment.use_v2_feature_versioning THEN current.version END, ${start(db, cloning)}, now(), now(),
    coalesce(nullif(current.mv_hashing_salt, 0), current.id), ${cloning.columns.state.values}
  FROM ${toCopy(db, cloning, stateIds)}
  LEFT JOIN public.features_featuresegment AS override ON override.uuid = ${copyOfFeatureSegment(db)}
  WHERE CASE WHEN feature_segment.id IS NULL THEN NOT ${hasDefault(db)} ELSE override.id IS NOT NULL END
  ORDER BY listed.position
  ON CONFLICT DO NOTHING`;

const insertValues = (db: Database, cloning: Cloning, stateIds: number[]) => db`
  INSERT INTO public.features_featurestatevalue (uuid, feature_state_id, ${cloning.columns.value.names})
  SELECT ${uuidOfCopy(db, 'value')}, state.id, ${cloning.columns.value.values}
  FROM ${toCopy(db, cloning, stateIds)}
  JOIN public.features_featurestate AS state ON state.uuid = ${uuidOfCopy(db, 'state')}
  JOIN public.features_featurestatevalue AS source ON source.feature_state_id = current.id
  ORDER BY listed.position
  ON CONFLICT DO NOTHING`;

const insertMultivariateValues = (db: Database, cloning: Cloning, stateIds: number[]) => db`
  INSERT INTO public.multivariate_multivariatefeaturestatevalue (uuid, feature_state_id, ${cloning.columns.multivariateValue.names})
  SELECT ${uuidOfCopy(db, 'multivariate value', db`option.uuid`)}, state.id, ${cloning.columns.multivariateValue.values}
  FROM ${toCopy(db, cloning, stateIds)}
  JOIN public.features_featurestate AS state ON state.uuid = ${uuidOfCopy(db, 'state')}
  JOIN public.multivariate_multivariatefeaturestatevalue AS source ON source.feature_state_id = current.id
  JOIN public.multivariate_multivariatefeatureoption AS option ON option.id = source.multivariate_feature_option_id
  ORDER BY listed.position, option.id
  ON CONFLICT DO NOTHING`;

/**
 * Joined rows of each state to copy: the state itself as `current`, its `feature`, for an override its `feature_segment`,
 * and the clone as `environment`. Nothing is copied once the clone's flag is down: an attempt that was given up for dead
 * must not bring back what a user has removed since.
 */
const toCopy = (db: Database, { environmentId }: Cloning, stateIds: number[]): Fragment => db`
    unnest(${stateIds}::integer[]) WITH ORDINALITY AS listed (id, position)
    JOIN public.features_featurestate AS current ON current.id = listed.id
    JOIN public.features_feature AS feature ON feature.id = current.feature_id AND feature.deleted_at IS NULL
    LEFT JOIN public.features_featuresegment AS feature_segment ON feature_segment.id = current.feature_segment_id
    JOIN public.environments_environment AS environment
      ON environment.id = ${environmentId} AND environment.is_creating`;

const start = (db: Database, { asOf }: Cloning): Fragment => moment(db, asOf);

const copyOfFeatureSegment = (db: Database): Fragment =>
  derivedUuid(db, [db`environment.uuid`, db`feature_segment.uuid`, db`'feature segment'`]);

/** One for each default and each override of the source, whichever of its states is the current one. */
const uuidOfCopy = (
  db: Database,
  role: 'state' | 'value' | 'multivariate value',
  ...parts: Fragment[]
): Fragment =>
  derivedUuid(db, [
    db`environment.uuid`,
    db`coalesce(feature_segment.uuid, feature.uuid)`,
    db`${role}::text`,
    ...parts,
  ]);
