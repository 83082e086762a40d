-- A feature is in a document through its feature states, whose own triggers tell when it comes and goes.
CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.features_feature
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_projects', 'project_id',
        'true',
        'id', 'project_id', 'name', 'type', 'is_server_key_only'
    );
