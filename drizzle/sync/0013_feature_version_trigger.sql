-- Publishing a version changes the document when the version goes live, and its audit row comes on its own. Drafts
-- are in no document.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.feature_versioning_environmentfeatureversion
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_versioned_environments', 'environment_id',
        'strict $.published_at != null',
        'uuid', 'environment_id', 'feature_id', 'live_from', 'deleted_at?'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.feature_versioning_environmentfeatureversion
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_versioned_environments', 'environment_id',
        'strict $.published_at != null',
        'uuid', 'environment_id', 'feature_id', 'live_from', 'deleted_at?'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.feature_versioning_environmentfeatureversion
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_versioned_environments', 'environment_id',
        'strict $.published_at != null',
        'uuid', 'environment_id', 'feature_id', 'live_from', 'deleted_at?'
    );
