-- Revisions and drafts are in no document: a segment counts while it is its own version.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.segments_segment
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_projects', 'project_id',
        'strict $.deleted_at == null && $.version_of_id == $.id',
        'id', 'project_id', 'name', 'feature_id'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.segments_segment
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_projects', 'project_id',
        'strict $.deleted_at == null && $.version_of_id == $.id',
        'id', 'project_id', 'name', 'feature_id'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.segments_segment
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_projects', 'project_id',
        'strict $.deleted_at == null && $.version_of_id == $.id',
        'id', 'project_id', 'name', 'feature_id'
    );
