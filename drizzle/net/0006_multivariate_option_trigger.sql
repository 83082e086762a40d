-- An option is in a document through its values, whose own triggers tell when it comes and goes.
CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.multivariate_multivariatefeatureoption
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_features', 'feature_id',
        'true',
        'id', 'feature_id', 'key', 'type', 'boolean_value', 'integer_value', 'string_value'
    );
