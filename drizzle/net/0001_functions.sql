-- The net: records what audit rows usually announce, for when they do not (tasks, commands, SQL, changes that
-- Flagsmith gives no text to). Two seconds later, so as not to read in the middle of an action of several steps.
-- These functions give the documents that rows are part of; see record_change in ../sync.

-- By environment and, where one is used, version of a feature: drafts are in no document.
CREATE FUNCTION document_sync.documents_of_versions(keys text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT environment.project_id, environment.id
    FROM unnest(keys) AS key
    JOIN public.environments_environment AS environment
        ON environment.id = nullif(split_part(key, ',', 1), '')::integer
    LEFT JOIN public.feature_versioning_environmentfeatureversion AS version
        ON version.uuid = nullif(split_part(key, ',', 2), '')::uuid
    WHERE environment.deleted_at IS NULL
      AND (NOT environment.use_v2_feature_versioning OR version.published_at IS NOT NULL)
$$;

-- By feature states that are, or will be, live. Overrides of identities are in no document.
CREATE FUNCTION document_sync.documents_of_feature_states(ids text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT environment.project_id, environment.id
    FROM public.features_featurestate AS feature_state
    JOIN public.environments_environment AS environment ON environment.id = feature_state.environment_id
    LEFT JOIN public.feature_versioning_environmentfeatureversion AS version
        ON version.uuid = feature_state.environment_feature_version_id
    WHERE feature_state.id = ANY (ids::integer[])
      AND feature_state.deleted_at IS NULL AND feature_state.identity_id IS NULL AND environment.deleted_at IS NULL
      AND CASE
          WHEN environment.use_v2_feature_versioning THEN version.published_at IS NOT NULL
          ELSE feature_state.version IS NOT NULL
      END
$$;

CREATE FUNCTION document_sync.documents_of_features(ids text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT feature.project_id, NULL::integer FROM public.features_feature AS feature
    WHERE feature.id = ANY (ids::integer[])
$$;

-- By what rules and conditions hang on: a rule, in it to any depth, or a segment. Revisions and drafts of segments
-- are in no document. UNION, not UNION ALL: rules that contain each other end the climb.
CREATE FUNCTION document_sync.documents_of_rules(keys text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE place (rule_id, segment_id) AS (
        SELECT nullif(split_part(key, ',', 1), '')::integer, nullif(split_part(key, ',', 2), '')::integer
        FROM unnest(keys) AS key
        UNION
        SELECT rule.rule_id, rule.segment_id
        FROM place JOIN public.segments_segmentrule AS rule ON rule.id = place.rule_id
        WHERE rule.deleted_at IS NULL
    )
    SELECT segment.project_id, NULL::integer
    FROM place JOIN public.segments_segment AS segment ON segment.id = place.segment_id
    WHERE segment.deleted_at IS NULL AND segment.version_of_id = segment.id
$$;
