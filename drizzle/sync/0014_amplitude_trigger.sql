-- Integrations are saved without an audit row. One with deleted_at set is absent from the document.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.amplitude_amplitudeconfiguration
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environments', 'environment_id',
        'strict $.deleted_at == null',
        'environment_id', 'base_url', 'api_key'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.amplitude_amplitudeconfiguration
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environments', 'environment_id',
        'strict $.deleted_at == null',
        'environment_id', 'base_url', 'api_key'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.amplitude_amplitudeconfiguration
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environments', 'environment_id',
        'strict $.deleted_at == null',
        'environment_id', 'base_url', 'api_key'
    );
