-- Flagsmith itself deletes no row of an environment; whoever does by hand leaves no `deleted_at` to be found.
CREATE TRIGGER document_sync_record_retired_key_of_row
    AFTER DELETE ON public.environments_environment
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_retired_key();
