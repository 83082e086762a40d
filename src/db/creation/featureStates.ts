import type { Database, Fragment } from '../connect.js';
import { derivedUuid } from './derivedUuid.js';

/** The pairs that one environment, or one feature, forms with its project's features or environments. */
export type SeedingScope = { environmentId: number } | { featureId: number };

/** A piece of the pairs, by the id of the other side: the features of an environment, or the reverse. */
export interface Chunk {
  afterId: number;
  upToId: number;
}

/**
 * The next chunk of at most `size` pairs after `afterId`, undefined at the end. Only undeleted rows of both sides; what
 * is created later forms its pairs itself, as it sees this side's row.
 */
export async function nextChunk(
  db: Database,
  scope: SeedingScope,
  afterId: number,
  size: number,
): Promise<Chunk | undefined> {
  const [row] = await db<{ upToId: number | null }[]>`
    SELECT max(other_id) AS "upToId" FROM (
      SELECT ${otherId(db, scope)} AS other_id
      FROM ${pairs(db, scope)}
      WHERE ${otherId(db, scope)} > ${afterId}
      ORDER BY 1 LIMIT ${size}
    ) AS chunk`;
  return row?.upToId == null ? undefined : { afterId, upToId: row.upToId };
}

/**
 * Makes the environment defaults that the chunk's pairs lack, with value and multivariate values; those that are there
 * stay. Three statements without a transaction around them: each repeated or concurrent one finds what is done and adds
 * the rest. Children hang on the state that the pair really has, whoever made it.
 *
 * @returns how many feature states it made
 */
export async function seedChunk(db: Database, scope: SeedingScope, chunk: Chunk): Promise<number> {
  const states = await insertStates(db, scope, chunk);
  await insertValues(db, scope, chunk);
  await insertMultivariateValues(db, scope, chunk);
  return states.count;
}

/** With the audit rows that Flagsmith adds for a new feature's states; those start no write. */
const insertStates = (db: Database, scope: SeedingScope, chunk: Chunk) => db`
  WITH state AS (
    INSERT INTO public.features_featurestate (
      uuid, environment_id, feature_id, enabled, version, live_from, created_at, updated_at
    )
    SELECT
      ${derivedUuid(db, [db`environment.uuid`, db`feature.uuid`, db`'state'`])}, environment.id, feature.id,
      feature.default_enabled AND NOT project.prevent_flag_defaults, 1, now(), now(), now()
    FROM ${pairs(db, scope)}
    WHERE ${inChunk(db, scope, chunk)} AND NOT EXISTS (
      SELECT FROM public.features_featurestate AS present
      WHERE present.environment_id = environment.id AND present.feature_id = feature.id AND ${isDefault(db, 'present')}
    )
    -- Always in the same order: two seedings that meet wait for each other, and never in a circle.
    ORDER BY environment.id, feature.id
    ON CONFLICT DO NOTHING
    RETURNING id, environment_id, feature_id
  ), audit_log AS (
    INSERT INTO public.audit_auditlog (
      created_date, log, environment_id, project_id, related_object_id, related_object_type, skip_signals, is_system_event
    )
    SELECT
      now(), 'New Flag / Remote Config created: ' || feature.name, state.environment_id, feature.project_id, state.id,
      'FEATURE_STATE', 'send_environments_to_dynamodb', false
    FROM state
    JOIN public.features_feature AS feature ON feature.id = state.feature_id
    WHERE ${'featureId' in scope}
  )
  SELECT id FROM state`;

/** Typed as Flagsmith types an initial value: what reads as a whole number of 32 bit, as a boolean, else text. */
const insertValues = (db: Database, scope: SeedingScope, chunk: Chunk) => db`
  INSERT INTO public.features_featurestatevalue (
    uuid, feature_state_id, type, integer_value, boolean_value, string_value
  )
  SELECT
    ${derivedUuid(db, [db`environment.uuid`, db`feature.uuid`, db`'value'`])}, state.id, typed.type,
    CASE typed.type WHEN 'int' THEN ${digitsOf(db, db`typed.value`)}::integer END,
    CASE typed.type WHEN 'bool' THEN typed.value IN ('true', 'True') END,
    CASE typed.type WHEN 'unicode' THEN typed.value END
  FROM ${pairs(db, scope)}
  JOIN public.features_featurestate AS state
    ON state.environment_id = environment.id AND state.feature_id = feature.id AND ${isDefault(db, 'state')}
  CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT project.prevent_flag_defaults THEN feature.initial_value END AS value
  ) AS initial
  CROSS JOIN LATERAL (
    SELECT initial.value, CASE
      -- As Python reads whole numbers: white space around and underscores between digits are allowed.
      WHEN initial.value ~ '^[[:space:]]*[+-]?[0-9]+(_[0-9]+)*[[:space:]]*$' THEN
        CASE WHEN ${digitsOf(db, db`initial.value`)}::numeric BETWEEN -2147483648 AND 2147483647
          THEN 'int' ELSE 'unicode' END
      WHEN initial.value IN ('true', 'True', 'false', 'False') THEN 'bool'
      ELSE 'unicode'
    END AS type
  ) AS typed
  WHERE ${inChunk(db, scope, chunk)} AND NOT EXISTS (
    SELECT FROM public.features_featurestatevalue WHERE feature_state_id = state.id
  )
  ORDER BY environment.id, feature.id, state.id
  ON CONFLICT DO NOTHING`;

/** What PostgreSQL reads as a number: it knows neither underscores nor white space beyond ASCII. */
const digitsOf = (db: Database, value: Fragment): Fragment =>
  db`regexp_replace(${value}, '[[:space:]_]', '', 'g')`;

/** One for each option the feature has, with the option's default allocation. */
const insertMultivariateValues = (db: Database, scope: SeedingScope, chunk: Chunk) => db`
  INSERT INTO public.multivariate_multivariatefeaturestatevalue (
    uuid, feature_state_id, multivariate_feature_option_id, percentage_allocation
  )
  SELECT
    ${derivedUuid(db, [db`environment.uuid`, db`feature.uuid`, db`'multivariate value'`, db`option.uuid`])}, state.id,
    option.id, option.default_percentage_allocation
  FROM ${pairs(db, scope)}
  JOIN public.features_featurestate AS state
    ON state.environment_id = environment.id AND state.feature_id = feature.id AND ${isDefault(db, 'state')}
  JOIN public.multivariate_multivariatefeatureoption AS option ON option.feature_id = feature.id
  WHERE ${inChunk(db, scope, chunk)} AND NOT EXISTS (
    SELECT FROM public.multivariate_multivariatefeaturestatevalue
    WHERE feature_state_id = state.id AND multivariate_feature_option_id = option.id
  )
  ORDER BY environment.id, feature.id, state.id, option.id
  ON CONFLICT DO NOTHING`;

const pairs = (db: Database, scope: SeedingScope): Fragment => db`
    public.projects_project AS project
    JOIN public.environments_environment AS environment
      ON environment.project_id = project.id AND environment.deleted_at IS NULL
      ${'environmentId' in scope ? db`AND environment.id = ${scope.environmentId}` : db``}
    JOIN public.features_feature AS feature
      ON feature.project_id = project.id AND feature.deleted_at IS NULL
      ${'featureId' in scope ? db`AND feature.id = ${scope.featureId}` : db``}`;

const otherId = (db: Database, scope: SeedingScope): Fragment =>
  'environmentId' in scope ? db`feature.id` : db`environment.id`;

const inChunk = (db: Database, scope: SeedingScope, { afterId, upToId }: Chunk): Fragment =>
  db`${otherId(db, scope)} > ${afterId} AND ${otherId(db, scope)} <= ${upToId}`;

const isDefault = (db: Database, state: 'state' | 'present'): Fragment =>
  state === 'state'
    ? db`state.identity_id IS NULL AND state.feature_segment_id IS NULL AND state.deleted_at IS NULL`
    : db`present.identity_id IS NULL AND present.feature_segment_id IS NULL AND present.deleted_at IS NULL`;
