CREATE TRIGGER document_sync_record_retired_key
    AFTER UPDATE ON public.environments_environment
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_retired_key();
