/**
 * The environment document, as Flagsmith's readers know it: the attributes of the plain v1 item. What differs in the
 * v2 item and in the compressed form is in `items.ts`.
 */
export interface EnvironmentDocument {
  /** `environments_environment.id`. */
  id: number;
  /** `environments_environment.api_key`; partition key of the v1 item. */
  api_key: string;
  /** `environments_environment.name`. */
  name: string;
  /** `environments_environment.updated_at`, ISO 8601 in UTC; goes back and stands still at times, so it orders nothing. */
  updated_at: string;
  /** `environments_environment.allow_client_traits`. */
  allow_client_traits: boolean;
  /** `environments_environment.hide_sensitive_data`. */
  hide_sensitive_data: boolean;
  /** `environments_environment.hide_disabled_flags`; null leaves it to the project's. */
  hide_disabled_flags: boolean | null;
  /** `environments_environment.use_mv_v2_evaluation`: only the column has the old name. */
  use_identity_composite_key_for_hashing: boolean;
  /** `environments_environment.use_identity_overrides_in_local_eval`. */
  use_identity_overrides_in_local_eval: boolean;
  /** True while `environments_environment.first_evaluated_at` is null. */
  onboarding_pending: boolean;
  /** `projects_project` and what hangs on it. */
  project: Project;
  /** The environment defaults, one a feature, in the order of each feature's first live state. */
  feature_states: FeatureState[];
  /** Always empty: identity overrides are items of their own. */
  identity_overrides: never[];
  /** `amplitude_amplitudeconfiguration`. */
  amplitude_config: Integration | null;
  /** Always null: Flagsmith keeps `dynatrace_dynatraceconfiguration` out of the document. */
  dynatrace_config: null;
  /** `heap_heapconfiguration`. */
  heap_config: Integration | null;
  /** `mixpanel_mixpanelconfiguration`. */
  mixpanel_config: Integration | null;
  /** `rudderstack_rudderstackconfiguration`. */
  rudderstack_config: Integration | null;
  /** `segment_segmentconfiguration`: the product of that name, nothing to do with segments. */
  segment_config: Integration | null;
  /** `webhook_webhookconfiguration`. */
  webhook_config: Webhook | null;
}

export interface Project {
  /** `projects_project.id`. */
  id: number;
  /** `projects_project.name`. */
  name: string;
  /** `projects_project.hide_disabled_flags`. */
  hide_disabled_flags: boolean;
  /** `projects_project.enable_realtime_updates`. */
  enable_realtime_updates: boolean;
  /** `organisations_organisation`. */
  organisation: Organisation;
  /** The live rows of `segments_segment`, by id. */
  segments: Segment[];
  /** `features_feature.id` where `is_server_key_only`, in the order of `feature_states`. */
  server_key_only_feature_ids: number[];
}

export interface Organisation {
  /** `organisations_organisation.id`. */
  id: number;
  /** `organisations_organisation.name`. */
  name: string;
  /** `organisations_organisation.feature_analytics`. */
  feature_analytics: boolean;
  /** `organisations_organisation.stop_serving_flags`. */
  stop_serving_flags: boolean;
  /** `organisations_organisation.persist_trait_data`. */
  persist_trait_data: boolean;
}

export interface FeatureState {
  /** The seed of percentages: `features_featurestate.mv_hashing_salt` where set and not 0, else `.id`. */
  django_id: number;
  /** `features_featurestate.uuid`. */
  featurestate_uuid: string;
  /** `features_featurestate.enabled`. */
  enabled: boolean;
  /** `features_feature`. */
  feature: Feature;
  /** `features_featuresegment` of a segment override; null in an environment default. */
  feature_segment: FeatureSegment | null;
  /** `features_featurestatevalue`: the column that its `type` names; null without a row. */
  feature_state_value: FeatureValue;
  /** `multivariate_multivariatefeaturestatevalue`, by id. */
  multivariate_feature_state_values: MultivariateFeatureStateValue[];
}

/** What a flag can be. */
export type FeatureValue = string | number | boolean | null;

export interface Feature {
  /** `features_feature.id`. */
  id: number;
  /** `features_feature.name`. */
  name: string;
  /** `features_feature.type`. */
  type: string;
}

export interface FeatureSegment {
  /** `features_featuresegment.priority`; the lowest wins. Counted per feature. */
  priority: number;
}

export interface MultivariateFeatureStateValue {
  /** `multivariate_multivariatefeaturestatevalue.id`. */
  id: number;
  /** `multivariate_multivariatefeaturestatevalue.uuid`. */
  mv_fs_value_uuid: string;
  /** `multivariate_multivariatefeaturestatevalue.percentage_allocation`; the document's only number that is no integer. */
  percentage_allocation: number;
  /** `multivariate_multivariatefeatureoption`. */
  multivariate_feature_option: MultivariateFeatureOption;
}

export interface MultivariateFeatureOption {
  /** `multivariate_multivariatefeatureoption.id`. */
  id: number;
  /** `multivariate_multivariatefeatureoption.key`. */
  key: string | null;
  /** `multivariate_multivariatefeatureoption`: the column that its `type` names. */
  value: FeatureValue;
}

export interface Segment {
  /** `segments_segment.id`. */
  id: number;
  /** `segments_segment.name`. */
  name: string;
  /** `segments_segmentrule` with this segment, by id. */
  rules: SegmentRule[];
  /** This environment's overrides for the segment, by priority. */
  feature_states: FeatureState[];
}

export interface SegmentRule {
  /** `segments_segmentrule.type`: ALL, ANY or NONE. */
  type: string;
  /** `segments_segmentrule` with this one as its `rule_id`, by id. */
  rules: SegmentRule[];
  /** `segments_condition` of this rule, by id. */
  conditions: SegmentCondition[];
}

export interface SegmentCondition {
  /** `segments_condition.operator`. */
  operator: string;
  /** `segments_condition.value`. */
  value: string | null;
  /** `segments_condition.property`; the readers' name for it ends with an underscore. */
  property_: string | null;
}

export interface Integration {
  /** `api_key` of the integration's table. */
  api_key: string;
  /** `base_url` of the integration's table. */
  base_url: string | null;
  /** Always null: only Dynatrace has one. */
  entity_selector: null;
}

export interface Webhook {
  /** `webhook_webhookconfiguration.url`. */
  url: string;
  /** `webhook_webhookconfiguration.secret`; may be empty. */
  secret: string;
}
