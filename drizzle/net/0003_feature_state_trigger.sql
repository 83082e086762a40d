-- Neither overrides of identities nor drafts: those of a change request have no version yet, those of a feature
-- version are known by the version.
CREATE TRIGGER document_sync_record_insert
    AFTER INSERT ON public.features_featurestate
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_versions', 'environment_id,environment_feature_version_id',
        'strict $.identity_id == null && $.deleted_at == null
        && ($.version != null || $.environment_feature_version_id != null)',
        'id', 'uuid', 'environment_id', 'feature_id', 'feature_segment_id', 'enabled', 'version', 'live_from',
        'environment_feature_version_id', 'mv_hashing_salt'
    );

CREATE TRIGGER document_sync_record_update
    AFTER UPDATE ON public.features_featurestate
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_versions', 'environment_id,environment_feature_version_id',
        'strict $.identity_id == null && $.deleted_at == null
        && ($.version != null || $.environment_feature_version_id != null)',
        'id', 'uuid', 'environment_id', 'feature_id', 'feature_segment_id', 'enabled', 'version', 'live_from',
        'environment_feature_version_id', 'mv_hashing_salt'
    );

CREATE TRIGGER document_sync_record_delete
    AFTER DELETE ON public.features_featurestate
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_change(
        '2 s', 'documents_of_versions', 'environment_id,environment_feature_version_id',
        'strict $.identity_id == null && $.deleted_at == null
        && ($.version != null || $.environment_feature_version_id != null)',
        'id', 'uuid', 'environment_id', 'feature_id', 'feature_segment_id', 'enabled', 'version', 'live_from',
        'environment_feature_version_id', 'mv_hashing_salt'
    );
