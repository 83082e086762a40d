const INTEGRATION = ['environment_id', 'deleted_at', 'api_key', 'base_url'];

/**
 * Flagsmith's tables and columns that a sync reads: what a database must have to be taken for Flagsmith's, and the
 * tables that the sync's role may SELECT from.
 */
export const READ_COLUMNS: Record<string, string[]> = {
  organisations_organisation: ['id', 'name', 'feature_analytics', 'stop_serving_flags', 'persist_trait_data'],
  organisations_subscription: ['organisation_id'],
  projects_project: [
    ...[
      'id',
      'name',
      'organisation_id',
      'hide_disabled_flags',
      'enable_realtime_updates',
      'enable_dynamo_db',
    ],
    'identity_overrides_v2_migration_status',
  ],
  environments_environment: [
    ...['id', 'name', 'api_key', 'project_id', 'created_date', 'updated_at', 'deleted_at', 'is_creating'],
    ...['allow_client_traits', 'hide_sensitive_data', 'hide_disabled_flags', 'use_mv_v2_evaluation'],
    ...['use_identity_overrides_in_local_eval', 'use_v2_feature_versioning', 'first_evaluated_at'],
  ],
  features_feature: ['id', 'name', 'type', 'project_id', 'created_date', 'deleted_at', 'is_server_key_only'],
  features_featurestate: [
    ...['id', 'uuid', 'enabled', 'environment_id', 'feature_id', 'feature_segment_id', 'identity_id'],
    ...['live_from', 'version', 'deleted_at', 'environment_feature_version_id', 'mv_hashing_salt'],
  ],
  features_featurestatevalue: ['feature_state_id', 'type', 'boolean_value', 'integer_value', 'string_value'],
  features_featuresegment: [
    ...['id', 'priority', 'segment_id', 'environment_id', 'environment_feature_version_id'],
  ],
  multivariate_multivariatefeatureoption: [
    ...['id', 'key', 'feature_id', 'type', 'boolean_value', 'integer_value', 'string_value'],
  ],
  multivariate_multivariatefeaturestatevalue: [
    ...['id', 'uuid', 'feature_state_id', 'multivariate_feature_option_id', 'percentage_allocation'],
  ],
  feature_versioning_environmentfeatureversion: [
    ...['uuid', 'environment_id', 'feature_id', 'live_from', 'published_at', 'deleted_at'],
  ],
  segments_segment: ['id', 'name', 'project_id', 'feature_id', 'version_of_id', 'created_at', 'deleted_at'],
  segments_segmentrule: ['id', 'type', 'segment_id', 'rule_id', 'created_at', 'deleted_at'],
  segments_condition: ['id', 'rule_id', 'operator', 'property', 'value', 'deleted_at'],
  amplitude_amplitudeconfiguration: INTEGRATION,
  heap_heapconfiguration: INTEGRATION,
  mixpanel_mixpanelconfiguration: INTEGRATION,
  rudderstack_rudderstackconfiguration: INTEGRATION,
  segment_segmentconfiguration: INTEGRATION,
  webhook_webhookconfiguration: ['environment_id', 'deleted_at', 'secret', 'url'],
  // Read by the trigger only, in the rows that it is given.
  audit_auditlog: ['project_id', 'environment_id', 'related_object_type', 'skip_signals'],
};
