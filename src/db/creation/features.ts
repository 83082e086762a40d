import type { FeatureInput, MultivariateOption } from '../../creation/inputs.js';
import { type Database, sqlState } from '../connect.js';
import { derivedUuid } from './derivedUuid.js';
import { inTurn } from './inTurn.js';

/** What a project demands of its features; undefined where there is no such project. */
export interface ProjectRules {
  onlyLowerCaseNames: boolean;
  namePattern: string | null;
  maxFeatures: number;
  featuresCount: number;
  /** The feature itself is there: an earlier attempt inserted it, when the rules allowed it. */
  isInserted: boolean;
  /** A feature of the same name, letter case aside, other than the one with this uuid. */
  nameIsTaken: boolean;
}

export async function readProjectRules(
  db: Database,
  { projectId, name, uuid }: FeatureInput,
): Promise<ProjectRules | undefined> {
  const [rules] = await db<ProjectRules[]>`
    SELECT
      only_allow_lower_case_feature_names AS "onlyLowerCaseNames",
      feature_name_regex AS "namePattern",
      max_features_allowed AS "maxFeatures",
      EXISTS (SELECT FROM public.features_feature WHERE uuid = ${uuid}) AS "isInserted",
      (
        SELECT count(*)::integer FROM public.features_feature
        WHERE project_id = project.id AND deleted_at IS NULL AND uuid <> ${uuid}
      ) AS "featuresCount",
      EXISTS (
        SELECT FROM public.features_feature
        WHERE project_id = project.id AND deleted_at IS NULL AND lower(name) = lower(${name}) AND uuid <> ${uuid}
      ) AS "nameIsTaken"
    FROM public.projects_project AS project
    WHERE id = ${projectId} AND deleted_at IS NULL`;
  return rules;
}

/**
 * Inserts the feature with its seeding flag up, once for its uuid.
 *
 * @returns its id, or `name_taken` where another feature of the project has the name, letter case aside
 */
export async function insertFeatureRow(db: Database, input: FeatureInput): Promise<number | 'name_taken'> {
  const { projectId, name, description, initialValue, defaultEnabled, isServerKeyOnly, uuid } = input;
  const type = input.multivariateOptions.length > 0 ? 'MULTIVARIATE' : 'STANDARD';
  try {
    await db`
      INSERT INTO public.features_feature (
        name, description, project_id, initial_value, default_enabled, type, is_archived, is_server_key_only, uuid,
        created_date, is_creating
      ) VALUES (
        ${name}, ${description ?? null}, ${projectId}, ${initialValue ?? null}, ${defaultEnabled}, ${type}, false,
        ${isServerKeyOnly}, ${uuid}, now(), true
      )
      ON CONFLICT (uuid) DO NOTHING`;
  } catch (error) {
    const UNIQUE_VIOLATION = '23505';
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    // Two attempts at once may meet in the name first: then it is this very feature that has it.
    return (await findFeature(db, uuid)) ?? 'name_taken';
  }
  const id = await findFeature(db, uuid);
  if (id === undefined) throw new Error('The feature inserted a moment ago is gone.');
  return id;
}

async function findFeature(db: Database, uuid: string): Promise<number | undefined> {
  const [row] = await db<{ id: number }[]>`SELECT id FROM public.features_feature WHERE uuid = ${uuid}`;
  return row?.id;
}

/**
 * Inserts the audit row of the feature's creation, once, and sets `updated_at` of all its project's environments in
 * the same statement, as Flagsmith does with each audit row that triggers a write.
 */
export async function insertFeatureCreatedAuditLog(db: Database, featureId: number): Promise<void> {
  await inTurn(db, 'FEATURE', featureId, async (tx) => {
    await tx`
      WITH audit_log AS (
        INSERT INTO public.audit_auditlog (
          created_date, log, project_id, related_object_id, related_object_type, is_system_event
        )
        SELECT created_date, 'New Flag / Remote Config created: ' || name, project_id, id, 'FEATURE', false
        FROM public.features_feature AS feature
        WHERE id = ${featureId} AND NOT EXISTS (
          SELECT FROM public.audit_auditlog
          WHERE project_id = feature.project_id AND related_object_type = 'FEATURE' AND related_object_id = feature.id
        )
        RETURNING project_id, created_date
      )
      UPDATE public.environments_environment AS environment
      SET updated_at = audit_log.created_date
      FROM audit_log
      WHERE environment.project_id = audit_log.project_id AND environment.deleted_at IS NULL`;
  });
}

/** Inserts the options, each once with an audit row of its own. */
export async function insertOptionRows(
  db: Database,
  featureId: number,
  options: MultivariateOption[],
): Promise<void> {
  const rows = options.map(({ value, key, defaultPercentageAllocation }, position) => ({
    position,
    key: key ?? null,
    allocation: defaultPercentageAllocation,
    type: typeof value === 'string' ? 'unicode' : typeof value === 'number' ? 'int' : 'bool',
    string_value: typeof value === 'string' ? value : null,
    integer_value: typeof value === 'number' ? value : null,
    boolean_value: typeof value === 'boolean' ? value : null,
  }));
  await db`
    WITH option AS (
      INSERT INTO public.multivariate_multivariatefeatureoption (
        uuid, feature_id, key, default_percentage_allocation, type, string_value, integer_value, boolean_value
      )
      SELECT
        ${derivedUuid(db, [db`feature.uuid`, db`'option'`, db`row.position`])}, feature.id, row.key, row.allocation,
        row.type, row.string_value, row.integer_value, row.boolean_value
      FROM public.features_feature AS feature
      CROSS JOIN jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row (
        position integer, key text, allocation double precision, type text, string_value text, integer_value integer,
        boolean_value boolean
      )
      WHERE feature.id = ${featureId}
      ORDER BY row.position
      ON CONFLICT DO NOTHING -- two attempts at once may meet in the key before they do in the uuid
      RETURNING feature_id
    )
    INSERT INTO public.audit_auditlog (
      created_date, log, project_id, related_object_id, related_object_type, is_system_event
    )
    SELECT
      clock_timestamp(), format('Multivariate option added to feature ''%s''.', feature.name), feature.project_id,
      feature.id, 'FEATURE', false
    FROM option
    JOIN public.features_feature AS feature ON feature.id = option.feature_id`;
}

/** Takes the seeding flag down. A bare UPDATE: no audit row, no hook, nothing that would start a write of its own. */
export async function clearFeatureFlag(db: Database, featureId: number): Promise<void> {
  await db`UPDATE public.features_feature SET is_creating = false WHERE id = ${featureId} AND is_creating`;
}
