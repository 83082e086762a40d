import type { DatabaseSession, Fragment } from '../connect.js';
import { hasDefault, itsDefaults, pairs, type SeedingScope } from './pairs.js';

/** An environment or a feature whose seeding may have been left half-way. */
export interface SeedingState {
  name: string;
  uuid: string;
  projectId: number;
  isCreating: boolean;
  /** Seconds since it was inserted. */
  ageSeconds: number;
  /** A multivariate feature without any option: its creator died before it made them. */
  lacksOptions: boolean;
}

/** Undefined where there is no such environment or feature, or it was deleted. */
export async function readSeedingState(
  db: DatabaseSession,
  scope: SeedingScope,
): Promise<SeedingState | undefined> {
  const [state] = await ('environmentId' in scope
    ? ofEnvironment(db, scope.environmentId)
    : ofFeature(db, scope.featureId));
  return state;
}

/** Ids come from a person: of 64 bit, so that one beyond Flagsmith's is not found instead of failing. */
const ofEnvironment = (db: DatabaseSession, id: number) => db<SeedingState[]>`
  SELECT
    name, uuid, project_id AS "projectId", is_creating AS "isCreating", ${age(db)} AS "ageSeconds",
    false AS "lacksOptions"
  FROM public.environments_environment
  WHERE id = ${id}::bigint AND deleted_at IS NULL`;

/** `features_feature.is_creating` may be absent: the name then finds the constant of the query around it. */
const ofFeature = (db: DatabaseSession, id: number) => db<SeedingState[]>`
  SELECT
    name, uuid, project_id AS "projectId", flagged AS "isCreating", ${age(db)} AS "ageSeconds",
    type = 'MULTIVARIATE' AND NOT EXISTS (
      SELECT FROM public.multivariate_multivariatefeatureoption WHERE feature_id = feature.id
    ) AS "lacksOptions"
  FROM (SELECT false AS is_creating) AS where_absent
  CROSS JOIN LATERAL (
    SELECT *, is_creating AS flagged FROM public.features_feature
    WHERE id = ${id}::bigint AND deleted_at IS NULL
  ) AS feature`;

const age = (db: DatabaseSession): Fragment =>
  db`extract(epoch FROM clock_timestamp() - created_date)::double precision`;

/** A pair whose default is not whole. */
export interface UnseededPair {
  environmentId: number;
  featureId: number;
  lacks: 'feature_state' | 'value' | 'multivariate_values';
}

export interface UnseededPairs {
  pairsCount: number;
  /** How many pairs lack what; of a pair only the first of the three counts. */
  counts: Record<UnseededPair['lacks'], number>;
  /** The first of them. */
  examples: UnseededPair[];
}

const EXAMPLES = 20;

/** What seeding the environment or the feature would add. */
export async function readUnseededPairs(db: DatabaseSession, scope: SeedingScope): Promise<UnseededPairs> {
  const [found] = await db<UnseededPairs[]>`
    WITH pair AS MATERIALIZED (
      SELECT environment.id AS environment_id, feature.id AS feature_id, CASE
        WHEN NOT ${hasDefault(db)} THEN 'feature_state'
        WHEN ${aDefault(db, hasNoValue(db))} THEN 'value'
        WHEN ${aDefault(db, lacksOptionValue(db))} THEN 'multivariate_values'
      END AS lacks
      FROM ${pairs(db, scope)}
    ), example AS (
      SELECT * FROM pair WHERE lacks IS NOT NULL ORDER BY environment_id, feature_id LIMIT ${EXAMPLES}
    )
    SELECT
      count(*)::integer AS "pairsCount",
      jsonb_build_object(
        'feature_state', count(*) FILTER (WHERE lacks = 'feature_state'),
        'value', count(*) FILTER (WHERE lacks = 'value'),
        'multivariate_values', count(*) FILTER (WHERE lacks = 'multivariate_values')
      ) AS counts,
      (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
          'environmentId', environment_id, 'featureId', feature_id, 'lacks', lacks
        ) ORDER BY environment_id, feature_id), '[]')
        FROM example
      ) AS examples
    FROM pair`;
  if (!found) throw new Error('An aggregate without groups gives one row.');
  return found;
}

/** The pair of `environment` and `feature` has a default `state` that is so. */
const aDefault = (db: DatabaseSession, isSo: Fragment): Fragment =>
  db`EXISTS (SELECT FROM (SELECT) AS itself ${itsDefaults(db)} WHERE ${isSo})`;

const hasNoValue = (db: DatabaseSession): Fragment =>
  db`NOT EXISTS (SELECT FROM public.features_featurestatevalue WHERE feature_state_id = state.id)`;

const lacksOptionValue = (db: DatabaseSession): Fragment => db`EXISTS (
    SELECT FROM public.multivariate_multivariatefeatureoption AS option
    WHERE option.feature_id = feature.id AND NOT EXISTS (
      SELECT FROM public.multivariate_multivariatefeaturestatevalue
      WHERE feature_state_id = state.id AND multivariate_feature_option_id = option.id
    )
  )`;
