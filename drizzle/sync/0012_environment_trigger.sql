-- What a document says of its environment itself, and its end. Not updated_at, which an audit row brings along;
-- not is_creating, whose fall 0006 records. The first evaluation counts by whether there was one.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.environments_environment
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environment_rows', 'project_id,id',
        'strict $.deleted_at == null',
        'id', 'project_id', 'name', 'api_key', 'allow_client_traits', 'hide_sensitive_data',
        'hide_disabled_flags', 'use_mv_v2_evaluation', 'use_identity_overrides_in_local_eval',
        'use_v2_feature_versioning', 'first_evaluated_at?'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.environments_environment
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environment_rows', 'project_id,id',
        'strict $.deleted_at == null',
        'id', 'project_id', 'name', 'api_key', 'allow_client_traits', 'hide_sensitive_data',
        'hide_disabled_flags', 'use_mv_v2_evaluation', 'use_identity_overrides_in_local_eval',
        'use_v2_feature_versioning', 'first_evaluated_at?'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.environments_environment
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environment_rows', 'project_id,id',
        'strict $.deleted_at == null',
        'id', 'project_id', 'name', 'api_key', 'allow_client_traits', 'hide_sensitive_data',
        'hide_disabled_flags', 'use_mv_v2_evaluation', 'use_identity_overrides_in_local_eval',
        'use_v2_feature_versioning', 'first_evaluated_at?'
    );
