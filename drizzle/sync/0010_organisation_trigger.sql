-- An organisation's settings are in every document of its projects, and Flagsmith itself minds only
-- stop_serving_flags.
CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.organisations_organisation
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '0 s', 'documents_of_organisations', 'id',
        'true',
        'id', 'name', 'feature_analytics', 'stop_serving_flags', 'persist_trait_data'
    );
