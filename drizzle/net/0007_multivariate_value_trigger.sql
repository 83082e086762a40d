-- What share of the identities a feature state gives to an option.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.multivariate_multivariatefeaturestatevalue
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_feature_states', 'feature_state_id',
        'true',
        'id', 'uuid', 'feature_state_id', 'multivariate_feature_option_id', 'percentage_allocation'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.multivariate_multivariatefeaturestatevalue
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_feature_states', 'feature_state_id',
        'true',
        'id', 'uuid', 'feature_state_id', 'multivariate_feature_option_id', 'percentage_allocation'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.multivariate_multivariatefeaturestatevalue
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_feature_states', 'feature_state_id',
        'true',
        'id', 'uuid', 'feature_state_id', 'multivariate_feature_option_id', 'percentage_allocation'
    );
