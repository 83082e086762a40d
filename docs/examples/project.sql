-- An organisation and a project that uses DynamoDB, in a database made by `envsync migrate --baseline`. Prints the
-- project's id. Flagsmith's tables have no defaults: Flagsmith sets each column itself.
WITH organisation AS (
    INSERT INTO organisations_organisation (
        name, has_requested_features, created_date, alerted_over_plan_limit, stop_serving_flags, persist_trait_data,
        block_access_to_admin, feature_analytics, restrict_project_create_to_admin, uuid, force_2fa
    )
    VALUES ('Acme', false, now(), false, false, true, false, false, false, gen_random_uuid(), false)
    RETURNING id
), subscription AS (
    INSERT INTO organisations_subscription (organisation_id, max_seats, max_api_calls, uuid)
    SELECT id, 1, 50000, gen_random_uuid() FROM organisation
)
INSERT INTO projects_project (
    name, created_date, organisation_id, hide_disabled_flags, enable_dynamo_db, uuid, prevent_flag_defaults,
    enable_realtime_updates, only_allow_lower_case_feature_names, max_features_allowed, max_segments_allowed,
    max_segment_overrides_allowed, identity_overrides_v2_migration_status, stale_flags_limit_days,
    enforce_feature_owners
)
SELECT
    'Shop', now(), id, false, true, gen_random_uuid(), false, false, false, 400, 100, 100, 'COMPLETE', 30, false
FROM organisation
RETURNING id AS project_id;
