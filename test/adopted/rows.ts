/** Statements that insert Flagsmith's rows, one a row, as its own do; steps of actions are made of them. */

/** SQL in the place of a value. */
export class Expression {
  constructor(readonly text: string) {}
}

type Value = string | number | boolean | null | Date | Expression;
type Columns = Record<string, Value>;

export const now = new Expression('clock_timestamp()');
/** Long enough ago that nothing is taken for young. */
export const yesterday = new Expression("clock_timestamp() - interval '1 day'");
const uuid = new Expression('gen_random_uuid()');

/** What is set where an action does not say: no column of Flagsmith's schema has a default of its own. */
const UNSAID = {
  organisations_organisation: {
    ...{ uuid, created_date: yesterday, has_requested_features: false, alerted_over_plan_limit: false },
    ...{ stop_serving_flags: false, persist_trait_data: true, block_access_to_admin: false },
    ...{ feature_analytics: false, restrict_project_create_to_admin: false, force_2fa: false },
  },
  organisations_subscription: { uuid, max_seats: 1, max_api_calls: 50_000 },
  projects_project: {
    ...{ uuid, created_date: yesterday, hide_disabled_flags: false, prevent_flag_defaults: false },
    ...{ enable_realtime_updates: false, only_allow_lower_case_feature_names: false },
    ...{ max_features_allowed: 400, max_segments_allowed: 100, max_segment_overrides_allowed: 100 },
    ...{ stale_flags_limit_days: 30, enforce_feature_owners: false },
  },
  environments_environment: {
    ...{ uuid, created_date: now, updated_at: now, webhooks_enabled: false, allow_client_traits: true },
    ...{ use_mv_v2_evaluation: true, hide_sensitive_data: false, use_v2_feature_versioning: false },
    ...{ use_identity_overrides_in_local_eval: true, is_creating: false },
  },
  features_feature: {
    ...{ uuid, created_date: now, default_enabled: false, type: 'STANDARD' },
    ...{ is_archived: false, is_server_key_only: false },
  },
  features_featurestate: { uuid, created_at: now, updated_at: now },
  features_featurestatevalue: { uuid, type: 'unicode' },
  features_featuresegment: { uuid, enabled: false },
  multivariate_multivariatefeatureoption: { uuid, type: 'unicode' },
  multivariate_multivariatefeaturestatevalue: { uuid },
  feature_versioning_environmentfeatureversion: { created_at: now, updated_at: now },
  segments_segment: { uuid, created_at: now, updated_at: now, is_system_segment: false, managed_by: '' },
  segments_segmentrule: { uuid, created_at: now, updated_at: now },
  segments_condition: { uuid, created_at: now, updated_at: now, created_with_segment: true },
  workflows_core_changerequest: {
    ...{ uuid, created_at: now, updated_at: now, title: 'Change', ignore_conflicts: false },
  },
  audit_auditlog: { log: 'changed', is_system_event: false },
  amplitude_amplitudeconfiguration: { uuid },
  heap_heapconfiguration: { uuid },
  mixpanel_mixpanelconfiguration: { uuid },
  rudderstack_rudderstackconfiguration: { uuid },
  segment_segmentconfiguration: { uuid },
  webhook_webhookconfiguration: { uuid },
} satisfies Record<string, Columns>;

export function insert(table: keyof typeof UNSAID, columns: Columns): string {
  const row: Columns = { ...UNSAID[table], ...columns };
  const values = Object.values(row).map(literal);
  return `INSERT INTO public.${table} (${Object.keys(row).join(', ')}) VALUES (${values.join(', ')})`;
}

function literal(value: Value): string {
  if (value instanceof Expression) return value.text;
  if (value instanceof Date) return `'${value.toISOString()}'`;
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

export interface StateToInsert {
  id: number;
  environment: number;
  feature: number;
  value: string;
  enabled?: boolean;
  /** Null as long as a change request is not committed, and under v2 versioning in copies. */
  version?: number | null;
  liveFrom?: Date | Expression | null;
  featureVersion?: string | undefined;
  featureSegment?: number | undefined;
  changeRequest?: number;
  hashingSalt?: number;
}

/** A feature state, and its value: two rows that Flagsmith inserts one after the other. */
export const stateAndValue = (state: StateToInsert): [string, string] => [
  insert('features_featurestate', {
    id: state.id,
    environment_id: state.environment,
    feature_id: state.feature,
    enabled: state.enabled ?? true,
    version: state.version ?? null,
    live_from: state.liveFrom ?? null,
    environment_feature_version_id: state.featureVersion ?? null,
    feature_segment_id: state.featureSegment ?? null,
    change_request_id: state.changeRequest ?? null,
    mv_hashing_salt: state.hashingSalt ?? null,
  }),
  insert('features_featurestatevalue', { feature_state_id: state.id, string_value: state.value }),
];

/** What share of the identities a feature state gives to an option. */
export const share = (state: number, option: number, percentage: number): string =>
  insert('multivariate_multivariatefeaturestatevalue', {
    feature_state_id: state,
    multivariate_feature_option_id: option,
    percentage_allocation: percentage,
  });

export const option = (id: number, feature: number, value: string, percentage: number): string =>
  insert('multivariate_multivariatefeatureoption', {
    ...{ id, feature_id: feature, string_value: value, default_percentage_allocation: percentage },
  });

export interface FeatureVersion {
  uuid: string;
  environment: number;
  feature: number;
}

/** A version of a feature: published and live as of a moment, or a draft. */
export const featureVersion = (
  { uuid, environment, feature }: FeatureVersion,
  liveFrom: Date | Expression | null,
): string =>
  insert('feature_versioning_environmentfeatureversion', {
    ...{ uuid, environment_id: environment, feature_id: feature },
    ...{ live_from: liveFrom, published_at: liveFrom === null ? null : now },
  });

export interface FeatureSegment {
  id: number;
  feature: number;
  segment: number;
  priority: number;
}

export const featureSegment = (
  environment: number,
  { id, feature, segment, priority }: FeatureSegment,
  version?: string,
): string =>
  insert('features_featuresegment', {
    ...{ id, environment_id: environment, feature_id: feature, segment_id: segment, priority },
    environment_feature_version_id: version ?? null,
  });

export const changeRequest = (id: number, project: number, environment: number): string =>
  insert('workflows_core_changerequest', { id, project_id: project, environment_id: environment });
