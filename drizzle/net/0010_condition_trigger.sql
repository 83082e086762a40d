-- Known by the rule it hangs on.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.segments_condition
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_rules', 'rule_id',
        'strict $.deleted_at == null',
        'id', 'rule_id', 'operator', 'property', 'value'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.segments_condition
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_rules', 'rule_id',
        'strict $.deleted_at == null',
        'id', 'rule_id', 'operator', 'property', 'value'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.segments_condition
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_rules', 'rule_id',
        'strict $.deleted_at == null',
        'id', 'rule_id', 'operator', 'property', 'value'
    );
