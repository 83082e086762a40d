-- A feature segment is in a document through its feature states, whose own triggers tell when it comes and goes.
CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.features_featuresegment
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_versions', 'environment_id,environment_feature_version_id',
        'true',
        'id', 'environment_id', 'environment_feature_version_id', 'segment_id', 'priority'
    );
