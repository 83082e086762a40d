-- A project's settings are in its documents or decide whether there are any. Flagsmith writes them all without an
-- audit row. A new project has no environments, and one that goes has none left.
CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.projects_project
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_projects', 'id',
        'true',
        'id', 'name', 'hide_disabled_flags', 'enable_realtime_updates', 'enable_dynamo_db',
        'identity_overrides_v2_migration_status', 'organisation_id'
    );
