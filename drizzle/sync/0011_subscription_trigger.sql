-- Without a subscription of their organisation no documents are written: those that failed for it may succeed now.
-- Only that there is one counts, so an update only matters where it changes the owner.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.organisations_subscription
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_organisations', 'organisation_id',
        'true',
        'organisation_id'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.organisations_subscription
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_organisations', 'organisation_id',
        'true',
        'organisation_id'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.organisations_subscription
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_organisations', 'organisation_id',
        'true',
        'organisation_id'
    );
