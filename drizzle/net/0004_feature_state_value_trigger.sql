-- A value with deleted_at set still counts: it is the feature state that decides.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.features_featurestatevalue
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_feature_states', 'feature_state_id',
        'true',
        'feature_state_id', 'type', 'boolean_value', 'integer_value', 'string_value'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.features_featurestatevalue
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_feature_states', 'feature_state_id',
        'true',
        'feature_state_id', 'type', 'boolean_value', 'integer_value', 'string_value'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.features_featurestatevalue
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_feature_states', 'feature_state_id',
        'true',
        'feature_state_id', 'type', 'boolean_value', 'integer_value', 'string_value'
    );
