import type { BenchEnvironment } from '../frame/changes.js';
import { runScript, settle } from '../frame/database.js';

export interface EnvironmentSize {
  features: number;
  segments: number;
  /** At most as many as features: each is of another feature. */
  overrides: number;
}

/** As many segments and overrides for each feature as big projects have. */
export const sizeOf = (features: number): EnvironmentSize => ({
  features,
  segments: Math.ceil(features / 4),
  overrides: features,
});

/** What the benches of the whole system run on. */
export const USUAL = sizeOf(200);

/**
 * Fills an empty database with one environment, made by PostgreSQL. Every fifth feature is multivariate with three
 * options, values are of all types, and each segment has a rule of three conditions below a rule of its own.
 */
export async function generateEnvironment(url: string, size: EnvironmentSize): Promise<void> {
  await runScript(
    url,
    `BEGIN; ${[OWNERS, features(size), segments(size), states(size), VALUES].join(';')}; COMMIT`,
  );
  await settle(url);
}

export const GENERATED_ENVIRONMENT = 1;
/** As the other benches know it. */
export const GENERATED: BenchEnvironment = {
  id: GENERATED_ENVIRONMENT,
  projectId: 1,
  apiKey: 'generated-environment',
};

/** Shaped as version 4, as readers ask for, and the same in every run. */
const uuid = (...key: string[]): string =>
  `overlay(overlay(md5(concat_ws(' ', ${key.join(', ')})) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid`;

const LONG_AGO = "timestamptz '2026-01-01 12:00:00+00'";

const OWNERS = `
  INSERT INTO public.organisations_organisation
    (id, name, has_requested_features, created_date, alerted_over_plan_limit, stop_serving_flags, persist_trait_data,
     block_access_to_admin, feature_analytics, restrict_project_create_to_admin, uuid, force_2fa)
  VALUES (1, 'Acme', false, ${LONG_AGO}, false, false, true, false, false, false, ${uuid("'organisation'")}, false);
  INSERT INTO public.organisations_subscription (organisation_id, max_seats, max_api_calls, uuid)
  VALUES (1, 1, 50000, ${uuid("'subscription'")});
  INSERT INTO public.projects_project
    (id, name, created_date, organisation_id, hide_disabled_flags, enable_dynamo_db, uuid, prevent_flag_defaults,
     enable_realtime_updates, only_allow_lower_case_feature_names, max_features_allowed, max_segments_allowed,
     max_segment_overrides_allowed, identity_overrides_v2_migration_status, stale_flags_limit_days, enforce_feature_owners)
  VALUES (1, 'Shop', ${LONG_AGO}, 1, false, true, ${uuid("'project'")}, false, false, false, 400, 100, 100, 'COMPLETE',
    30, false);
  INSERT INTO public.environments_environment
    (id, name, created_date, updated_at, api_key, project_id, webhooks_enabled, allow_client_traits,
     use_mv_v2_evaluation, hide_sensitive_data, use_v2_feature_versioning, use_identity_overrides_in_local_eval,
     is_creating, uuid)
  VALUES (${GENERATED_ENVIRONMENT}, 'Production', ${LONG_AGO}, ${LONG_AGO}, 'generated-environment', 1, false, true,
    true, false, false, true, false, ${uuid("'environment'")})`;

const features = (size: EnvironmentSize): string => `
  INSERT INTO public.features_feature
    (id, name, created_date, project_id, default_enabled, type, is_archived, uuid, is_server_key_only)
  SELECT i, 'checkout_experiment_' || i, ${LONG_AGO}, 1, false,
    CASE WHEN i % 5 = 0 THEN 'MULTIVARIATE' ELSE 'STANDARD' END, false, ${uuid("'feature'", 'i')}, i % 40 = 0
  FROM generate_series(1, ${size.features}) AS i;
  INSERT INTO public.multivariate_multivariatefeatureoption
    (type, string_value, default_percentage_allocation, feature_id, uuid, key)
  SELECT 'unicode', 'variant ' || option, 20, feature.id, ${uuid("'option'", 'feature.id', 'option')}, 'variant-' || option
  FROM public.features_feature AS feature, generate_series(1, 3) AS option
  WHERE feature.type = 'MULTIVARIATE'`;

/** Segment i is hung on rule i, that on rule i + the number of segments, which has the conditions. */
const segments = (size: EnvironmentSize): string => `
  INSERT INTO public.segments_segment
    (id, name, project_id, uuid, version, version_of_id, created_at, is_system_segment, managed_by)
  SELECT i, 'customers of group ' || i, 1, ${uuid("'segment'", 'i')}, 1, i, ${LONG_AGO}, false, ''
  FROM generate_series(1, ${size.segments}) AS i;
  INSERT INTO public.segments_segmentrule (id, type, segment_id, rule_id, uuid, created_at)
  SELECT i, CASE WHEN is_upper THEN 'ALL' ELSE 'ANY' END, CASE WHEN is_upper THEN i END,
    CASE WHEN NOT is_upper THEN i - ${size.segments} END, ${uuid("'rule'", 'i')}, ${LONG_AGO}
  FROM (SELECT i, i <= ${size.segments} AS is_upper FROM generate_series(1, 2 * ${size.segments}) AS i) AS rule
  ORDER BY i;
  INSERT INTO public.segments_condition (operator, property, value, rule_id, uuid, created_with_segment, created_at)
  SELECT (array['EQUAL', 'CONTAINS', 'PERCENTAGE_SPLIT'])[condition], 'trait_' || i % 20 || '_' || condition,
    (i * 7 % 100)::text, ${size.segments} + i, ${uuid("'condition'", 'i', 'condition')}, true, ${LONG_AGO}
  FROM generate_series(1, ${size.segments}) AS i, generate_series(1, 3) AS condition`;

const states = (size: EnvironmentSize): string => `
  INSERT INTO public.features_featuresegment
    (id, priority, feature_id, segment_id, enabled, environment_id, uuid)
  SELECT i, 0, i, 1 + i % ${size.segments}, false, ${GENERATED_ENVIRONMENT}, ${uuid("'feature segment'", 'i')}
  FROM generate_series(1, ${size.overrides}) AS i;
  INSERT INTO public.features_featurestate
    (enabled, environment_id, feature_id, feature_segment_id, created_at, updated_at, live_from, version, uuid)
  SELECT feature.id % 2 = 0, ${GENERATED_ENVIRONMENT}, feature.id, override.id, ${LONG_AGO}, ${LONG_AGO}, ${LONG_AGO}, 1,
    ${uuid("'state'", 'feature.id', 'coalesce(override.id, 0)')}
  FROM public.features_feature AS feature
  JOIN (SELECT id, feature_id FROM public.features_featuresegment UNION ALL SELECT NULL, NULL) AS override
    ON override.id IS NULL OR override.feature_id = feature.id
  ORDER BY override.id NULLS FIRST, feature.id`;

const VALUES = `
  INSERT INTO public.features_featurestatevalue
    (type, integer_value, boolean_value, string_value, feature_state_id, uuid)
  SELECT (array['unicode', 'int', 'bool'])[1 + id % 3], id % 1000, id % 2 = 0,
    '{"banner":"' || md5(id::text) || '","limit":' || id % 50 || '}', id, ${uuid("'value'", 'id')}
  FROM public.features_featurestate;
  INSERT INTO public.multivariate_multivariatefeaturestatevalue
    (percentage_allocation, feature_state_id, multivariate_feature_option_id, uuid)
  SELECT 20, state.id, option.id, ${uuid("'allocation'", 'state.id', 'option.id')}
  FROM public.features_featurestate AS state
  JOIN public.multivariate_multivariatefeatureoption AS option USING (feature_id)`;
