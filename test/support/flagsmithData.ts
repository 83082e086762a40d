import type { ISql, Sql } from 'postgres';

export interface ProjectSettings {
  enable_dynamo_db: boolean;
  prevent_flag_defaults: boolean;
  only_allow_lower_case_feature_names: boolean;
  feature_name_regex: string | null;
  max_features_allowed: number;
  identity_overrides_v2_migration_status: string;
}

/** Inserts an organisation with its subscription and a project, as Flagsmith makes them. Gives the project's id. */
export async function insertProject(db: Sql, settings: Partial<ProjectSettings> = {}): Promise<number> {
  const [organisation] = await db<{ id: number }[]>`
    INSERT INTO organisations_organisation ${db({
      name: 'Acme',
      has_requested_features: false,
      created_date: new Date(),
      alerted_over_plan_limit: false,
      stop_serving_flags: false,
      persist_trait_data: true,
      block_access_to_admin: false,
      feature_analytics: false,
      restrict_project_create_to_admin: false,
      uuid: crypto.randomUUID(),
      force_2fa: false,
    })} RETURNING id`;
  await db`
    INSERT INTO organisations_subscription ${db({
      organisation_id: organisation!.id,
      max_seats: 1,
      max_api_calls: 50_000,
      uuid: crypto.randomUUID(),
    })}`;
  const [project] = await db<{ id: number }[]>`
    INSERT INTO projects_project ${db({
      name: 'Shop',
      created_date: new Date(),
      organisation_id: organisation!.id,
      hide_disabled_flags: false,
      enable_dynamo_db: true,
      uuid: crypto.randomUUID(),
      prevent_flag_defaults: false,
      enable_realtime_updates: false,
      only_allow_lower_case_feature_names: false,
      max_features_allowed: 400,
      max_segments_allowed: 100,
      max_segment_overrides_allowed: 100,
      identity_overrides_v2_migration_status: 'COMPLETE',
      stale_flags_limit_days: 30,
      enforce_feature_owners: false,
      ...settings,
    })} RETURNING id`;
  return project!.id;
}

/** Inserts an environment's bare row, one day old and not being seeded unless told otherwise. Gives its id. */
export async function insertEnvironment(
  db: ISql,
  projectId: number,
  columns: Record<string, string | boolean | Date | null> = {},
): Promise<number> {
  const [environment] = await db<{ id: number }[]>`
    INSERT INTO environments_environment ${db({
      name: 'Production',
      created_date: LONG_SINCE,
      updated_at: LONG_SINCE,
      api_key: crypto.randomUUID().slice(0, 22),
      project_id: projectId,
      webhooks_enabled: false,
      allow_client_traits: true,
      use_mv_v2_evaluation: true,
      hide_sensitive_data: false,
      use_v2_feature_versioning: false,
      use_identity_overrides_in_local_eval: true,
      is_creating: false,
      uuid: crypto.randomUUID(),
      ...columns,
    })} RETURNING id`;
  return environment!.id;
}

/** Inserts a feature's bare row, one day old and not being seeded unless told otherwise. Gives its id. */
export async function insertFeature(
  db: Sql,
  projectId: number,
  name: string,
  columns: Record<string, string | boolean | Date | null> = {},
): Promise<number> {
  const [feature] = await db<{ id: number }[]>`
    INSERT INTO features_feature ${db({
      name,
      created_date: LONG_SINCE,
      project_id: projectId,
      initial_value: null,
      default_enabled: false,
      type: 'STANDARD',
      is_archived: false,
      is_server_key_only: false,
      uuid: crypto.randomUUID(),
      ...columns,
    })} RETURNING id`;
  return feature!.id;
}

/** Inserts a live environment default with its value, in one transaction, as Flagsmith does. Gives its id. */
export async function insertFeatureState(
  db: Sql,
  environmentId: number,
  featureId: number,
  value: string | null = null,
): Promise<number> {
  return await db.begin(async (tx) => {
    const [state] = await tx<{ id: number }[]>`
      INSERT INTO features_featurestate ${db({
        environment_id: environmentId,
        feature_id: featureId,
        enabled: true,
        version: 1,
        live_from: LONG_SINCE,
        created_at: LONG_SINCE,
        updated_at: LONG_SINCE,
        uuid: crypto.randomUUID(),
      })} RETURNING id`;
    await tx`
      INSERT INTO features_featurestatevalue ${db({
        feature_state_id: state!.id,
        type: 'unicode',
        string_value: value,
        uuid: crypto.randomUUID(),
      })}`;
    return state!.id;
  });
}

/** Inserts an audit row that triggers a write: of one environment, or of all its project's. */
export async function insertAuditLog(
  db: ISql,
  { projectId, environmentId = null, ...columns }: AuditLog,
): Promise<void> {
  await db`
    INSERT INTO audit_auditlog ${db({
      created_date: new Date(),
      log: 'changed',
      project_id: projectId,
      environment_id: environmentId,
      related_object_type: 'FEATURE_STATE',
      is_system_event: false,
      ...columns,
    })}`;
}

export interface AuditLog {
  projectId: number | null;
  environmentId?: number | null;
  related_object_type?: string;
  skip_signals?: string;
}

/** Before any moment that a test looks from, whenever it is run. */
const LONG_SINCE = new Date('2026-01-01T00:00:00Z');
