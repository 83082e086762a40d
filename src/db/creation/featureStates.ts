import type { DatabaseSession, Fragment } from '../connect.js';
import { derivedUuid } from './derivedUuid.js';
import { adoptStates, insertVersions, itsVersion } from './featureVersions.js';
import { type Chunk, hasDefault, inChunk, itsDefaults, pairs, type SeedingScope } from './pairs.js';

export { type Chunk, nextChunk, type SeedingScope } from './pairs.js';

/**
 * Makes the environment defaults that the chunk's pairs lack, with value and multivariate values and, under v2
 * versioning, a published version; those that are there stay. Statements without a transaction around them: each repeated
 * or concurrent one finds what is done and adds the rest. Children hang on the state that the pair really has, whoever
 * made it.
 *
 * @returns how many feature states it made
 */
export async function seedChunk(db: DatabaseSession, scope: SeedingScope, chunk: Chunk): Promise<number> {
  await insertVersions(db, scope, chunk);
  await adoptStates(db, scope, chunk);
  const states = await insertStates(db, scope, chunk);
  await insertValues(db, scope, chunk);
  await insertMultivariateValues(db, scope, chunk);
  return states.count;
}

/**
 * With the audit rows that Flagsmith adds for a new feature's states under v1 versioning; those start no write. In an
 * environment that has changed to v2 versioning since its version was looked for, the foreign key of the missing version
 * fails the statement: the next attempt makes it.
 */
const insertStates = (db: DatabaseSession, scope: SeedingScope, chunk: Chunk) => db`
  WITH state AS (
    INSERT INTO public.features_featurestate (
      uuid, environment_id, feature_id, enabled, version, live_from, environment_feature_version_id, created_at, updated_at
    )
    SELECT
      ${derivedUuid(db, [db`environment.uuid`, db`feature.uuid`, db`'state'`])}, environment.id, feature.id,
      feature.default_enabled AND NOT project.prevent_flag_defaults, 1,
      CASE WHEN NOT environment.use_v2_feature_versioning THEN now() END,
      CASE WHEN environment.use_v2_feature_versioning THEN ${itsVersion(db)} END, now(), now()
    FROM ${pairs(db, scope)}
    WHERE ${inChunk(db, scope, chunk)} AND NOT ${hasDefault(db)}
    -- Always in the same order: two seedings that meet wait for each other, and never in a circle.
    ORDER BY environment.id, feature.id
    ON CONFLICT DO NOTHING
    RETURNING id, environment_id, feature_id, environment_feature_version_id
  ), audit_log AS (
    INSERT INTO public.audit_auditlog (
      created_date, log, environment_id, project_id, related_object_id, related_object_type, skip_signals, is_system_event
    )
    SELECT
      now(), 'New Flag / Remote Config created: ' || feature.name, state.environment_id, feature.project_id, state.id,
      'FEATURE_STATE', 'send_environments_to_dynamodb', false
    FROM state
    JOIN public.features_feature AS feature ON feature.id = state.feature_id
    WHERE ${'featureId' in scope} AND state.environment_feature_version_id IS NULL
  )
  SELECT id FROM state`;

/** Typed as Flagsmith types an initial value: what reads as a whole number of 32 bit, as a boolean, else text. */
const insertValues = (db: DatabaseSession, scope: SeedingScope, chunk: Chunk) => db`
  INSERT INTO public.features_featurestatevalue (
    uuid, feature_state_id, type, integer_value, boolean_value, string_value
  )
  SELECT
    ${derivedUuid(db, [db`environment.uuid`, db`feature.uuid`, db`'value'`])}, state.id, typed.type,
    CASE typed.type WHEN 'int' THEN ${digitsOf(db, db`typed.value`)}::integer END,
    CASE typed.type WHEN 'bool' THEN typed.value IN ('true', 'True') END,
    CASE typed.type WHEN 'unicode' THEN typed.value END
  FROM ${pairs(db, scope)}
  ${itsDefaults(db)}
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
const digitsOf = (db: DatabaseSession, value: Fragment): Fragment =>
  db`regexp_replace(${value}, '[[:space:]_]', '', 'g')`;

/**
 * One for each option the feature has, with the option's default allocation; with none where the other options' own
 * allocations leave no room for it, as readers refuse a document that gives away more than 100 %.
 */
const insertMultivariateValues = (db: DatabaseSession, scope: SeedingScope, chunk: Chunk) => db`
  INSERT INTO public.multivariate_multivariatefeaturestatevalue (
    uuid, feature_state_id, multivariate_feature_option_id, percentage_allocation
  )
  SELECT
    ${derivedUuid(db, [db`environment.uuid`, db`feature.uuid`, db`'multivariate value'`, db`option.uuid`])}, state.id,
    option.id, CASE WHEN present.count = 0 OR present.allocation + missing.allocation <= 100
      THEN option.default_percentage_allocation ELSE 0 END
  FROM ${pairs(db, scope)}
  ${itsDefaults(db)}
  CROSS JOIN LATERAL (
    SELECT count(*) AS count, sum(percentage_allocation) AS allocation
    FROM public.multivariate_multivariatefeaturestatevalue WHERE feature_state_id = state.id
  ) AS present
  JOIN public.multivariate_multivariatefeatureoption AS option
    ON option.feature_id = feature.id AND ${lacksValue(db, db`option.id`)}
  CROSS JOIN LATERAL (
    SELECT sum(other.default_percentage_allocation) AS allocation
    FROM public.multivariate_multivariatefeatureoption AS other
    WHERE other.feature_id = feature.id AND ${lacksValue(db, db`other.id`)}
  ) AS missing
  WHERE ${inChunk(db, scope, chunk)}
  ORDER BY environment.id, feature.id, state.id, option.id
  ON CONFLICT DO NOTHING`;

const lacksValue = (db: DatabaseSession, optionId: Fragment): Fragment => db`NOT EXISTS (
    SELECT FROM public.multivariate_multivariatefeaturestatevalue AS value
    WHERE value.feature_state_id = state.id AND value.multivariate_feature_option_id = ${optionId}
  )`;
