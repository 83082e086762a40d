-- The webhook integration, as the others. The webhooks of environments_webhook are something else and in no
-- document.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.webhook_webhookconfiguration
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environments', 'environment_id',
        'strict $.deleted_at == null',
        'environment_id', 'url', 'secret'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.webhook_webhookconfiguration
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environments', 'environment_id',
        'strict $.deleted_at == null',
        'environment_id', 'url', 'secret'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.webhook_webhookconfiguration
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_environments', 'environment_id',
        'strict $.deleted_at == null',
        'environment_id', 'url', 'secret'
    );
