/**
 * Rows of Flagsmith's tables, under the names of their tables and columns: those columns that could matter to a
 * document. Timestamps are ISO 8601 text in UTC.
 */
export interface Tables {
  organisations_organisation: OrganisationRow[];
  organisations_subscription: SubscriptionRow[];
  projects_project: ProjectRow[];
  environments_environment: EnvironmentRow[];
  features_feature: FeatureRow[];
  multivariate_multivariatefeatureoption: OptionRow[];
  feature_versioning_environmentfeatureversion: FeatureVersionRow[];
  segments_segment: SegmentRow[];
  segments_segmentrule: RuleRow[];
  segments_condition: ConditionRow[];
  features_featuresegment: FeatureSegmentRow[];
  features_featurestate: FeatureStateRow[];
  features_featurestatevalue: FeatureStateValueRow[];
  multivariate_multivariatefeaturestatevalue: MultivariateValueRow[];
  amplitude_amplitudeconfiguration: IntegrationRow[];
  heap_heapconfiguration: IntegrationRow[];
  mixpanel_mixpanelconfiguration: IntegrationRow[];
  rudderstack_rudderstackconfiguration: IntegrationRow[];
  segment_segmentconfiguration: IntegrationRow[];
  dynatrace_dynatraceconfiguration: IntegrationRow[];
  webhook_webhookconfiguration: WebhookRow[];
}

export const TABLE_NAMES = [
  'organisations_organisation',
  'organisations_subscription',
  'projects_project',
  'environments_environment',
  'features_feature',
  'multivariate_multivariatefeatureoption',
  'feature_versioning_environmentfeatureversion',
  'segments_segment',
  'segments_segmentrule',
  'segments_condition',
  'features_featuresegment',
  'features_featurestate',
  'features_featurestatevalue',
  'multivariate_multivariatefeaturestatevalue',
  'amplitude_amplitudeconfiguration',
  'heap_heapconfiguration',
  'mixpanel_mixpanelconfiguration',
  'rudderstack_rudderstackconfiguration',
  'segment_segmentconfiguration',
  'dynatrace_dynatraceconfiguration',
  'webhook_webhookconfiguration',
] as const satisfies (keyof Tables)[];

export interface OrganisationRow {
  id: number;
  name: string;
  feature_analytics: boolean;
  stop_serving_flags: boolean;
  persist_trait_data: boolean;
  deleted_at: string | null;
}

export interface SubscriptionRow {
  id: number;
  organisation_id: number;
  deleted_at: string | null;
}

export interface ProjectRow {
  id: number;
  name: string;
  organisation_id: number;
  hide_disabled_flags: boolean;
  enable_dynamo_db: boolean;
  enable_realtime_updates: boolean;
  identity_overrides_v2_migration_status: string;
  deleted_at: string | null;
}

export interface EnvironmentRow {
  id: number;
  name: string;
  api_key: string;
  project_id: number;
  allow_client_traits: boolean;
  updated_at: string;
  deleted_at: string | null;
  hide_disabled_flags: boolean | null;
  use_mv_v2_evaluation: boolean;
  hide_sensitive_data: boolean;
  use_v2_feature_versioning: boolean;
  use_identity_overrides_in_local_eval: boolean;
  is_creating: boolean;
  first_evaluated_at: string | null;
}

export interface FeatureRow {
  id: number;
  name: string;
  project_id: number;
  type: string;
  is_archived: boolean;
  is_server_key_only: boolean;
  deleted_at: string | null;
}

/** A value of one of three types; columns of the others may hold leftovers. */
export interface TypedValue {
  type: string | null;
  boolean_value: boolean | null;
  integer_value: number | null;
  string_value: string | null;
}

export interface OptionRow extends TypedValue {
  id: number;
  feature_id: number;
  key: string | null;
}

export interface FeatureVersionRow {
  uuid: string;
  environment_id: number;
  feature_id: number;
  published_at: string | null;
  live_from: string | null;
  deleted_at: string | null;
}

export interface SegmentRow {
  id: number;
  name: string;
  project_id: number;
  feature_id: number | null;
  version_of_id: number | null;
  deleted_at: string | null;
}

export interface RuleRow {
  id: number;
  type: string;
  rule_id: number | null;
  segment_id: number | null;
  deleted_at: string | null;
}

export interface ConditionRow {
  id: number;
  operator: string;
  property: string | null;
  value: string | null;
  rule_id: number;
  deleted_at: string | null;
}

export interface FeatureSegmentRow {
  id: number;
  priority: number;
  feature_id: number;
  segment_id: number;
  environment_id: number;
  environment_feature_version_id: string | null;
}

export interface FeatureStateRow {
  id: number;
  uuid: string;
  enabled: boolean;
  environment_id: number | null;
  feature_id: number;
  identity_id: number | null;
  feature_segment_id: number | null;
  environment_feature_version_id: string | null;
  live_from: string | null;
  version: number | null;
  mv_hashing_salt: number | null;
  deleted_at: string | null;
}

export interface FeatureStateValueRow extends TypedValue {
  id: number;
  feature_state_id: number;
  deleted_at: string | null;
}

export interface MultivariateValueRow {
  id: number;
  uuid: string;
  percentage_allocation: number;
  feature_state_id: number;
  multivariate_feature_option_id: number;
}

export interface IntegrationRow {
  id: number;
  api_key: string;
  base_url: string | null;
  environment_id: number;
  deleted_at: string | null;
}

export interface WebhookRow {
  id: number;
  url: string;
  secret: string;
  environment_id: number;
  deleted_at: string | null;
}
