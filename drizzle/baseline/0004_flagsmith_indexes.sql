-- The indexes of the baseline's tables, under Flagsmith's names; for the embedded database only.

CREATE INDEX organisations_organisation_deleted_at_24edaea7
    ON public.organisations_organisation (deleted_at);

CREATE INDEX organisations_subscription_deleted_at_9119c4b0
    ON public.organisations_subscription (deleted_at);

CREATE INDEX projects_project_deleted_at_2809bd26
    ON public.projects_project (deleted_at);
CREATE INDEX projects_project_organisation_id_97360d51
    ON public.projects_project (organisation_id);

CREATE INDEX environments_environment_api_key_b1cbb73a_like
    ON public.environments_environment (api_key varchar_pattern_ops);
CREATE INDEX environments_environment_deleted_at_a1696505
    ON public.environments_environment (deleted_at);
CREATE INDEX environments_environment_project_id_cc37cbc5
    ON public.environments_environment (project_id);

CREATE INDEX features_feature_deleted_at_159ecb12
    ON public.features_feature (deleted_at);
CREATE INDEX features_feature_project_id_72859830
    ON public.features_feature (project_id);
CREATE UNIQUE INDEX lowercase_feature_name
    ON public.features_feature (lower(name), project_id)
    WHERE deleted_at IS NULL;

CREATE INDEX features_featuresegment_environment_feature_version_id_11efe443
    ON public.features_featuresegment (environment_feature_version_id);
CREATE INDEX features_featuresegment_environment_id_05e7007b
    ON public.features_featuresegment (environment_id);
CREATE INDEX features_featuresegment_feature_id_2a47155f
    ON public.features_featuresegment (feature_id);
CREATE INDEX features_featuresegment_priority_1161cade
    ON public.features_featuresegment (priority);
CREATE INDEX features_featuresegment_segment_id_64602469
    ON public.features_featuresegment (segment_id);

CREATE INDEX features_featurestate_change_request_id_44ff657b
    ON public.features_featurestate (change_request_id);
CREATE INDEX features_featurestate_deleted_at_aabb94fe
    ON public.features_featurestate (deleted_at);
CREATE INDEX features_featurestate_environment_feature_version_id_0b08c62e
    ON public.features_featurestate (environment_feature_version_id);
CREATE INDEX features_featurestate_environment_id_c5882902
    ON public.features_featurestate (environment_id);
CREATE INDEX features_featurestate_feature_id_08da37d9
    ON public.features_featurestate (feature_id);
CREATE INDEX features_featurestate_feature_segment_id_547d5f48
    ON public.features_featurestate (feature_segment_id);
CREATE INDEX features_featurestate_identity_id_8229f26c
    ON public.features_featurestate (identity_id);

CREATE INDEX features_featurestatevalue_deleted_at_2048a7d5
    ON public.features_featurestatevalue (deleted_at);

CREATE INDEX multivariate_multivariatefeatureoption_feature_id_db03ece0
    ON public.multivariate_multivariatefeatureoption (feature_id);

CREATE INDEX multivariate_multivariatef_feature_state_id_94542d0d
    ON public.multivariate_multivariatefeaturestatevalue (feature_state_id);
CREATE INDEX multivariate_multivariatef_multivariate_feature_optio_c842c63c
    ON public.multivariate_multivariatefeaturestatevalue (multivariate_feature_option_id);

CREATE INDEX segments_segment_change_request_id_f7a9baef
    ON public.segments_segment (change_request_id);
CREATE INDEX segments_segment_deleted_at_14f61a1f
    ON public.segments_segment (deleted_at);
CREATE INDEX segments_segment_feature_id_13a4a653
    ON public.segments_segment (feature_id);
CREATE INDEX segments_segment_project_id_27a886eb
    ON public.segments_segment (project_id);
CREATE INDEX segments_segment_version_of_id_b410f047
    ON public.segments_segment (version_of_id);

CREATE INDEX segments_segmentrule_deleted_at_4925f3dd
    ON public.segments_segmentrule (deleted_at);
CREATE INDEX segments_segmentrule_rule_id_49328e77
    ON public.segments_segmentrule (rule_id);
CREATE INDEX segments_segmentrule_segment_id_bf0c60ed
    ON public.segments_segmentrule (segment_id);

CREATE INDEX segments_condition_deleted_at_54bee74c
    ON public.segments_condition (deleted_at);
CREATE INDEX segments_condition_rule_id_e058926e
    ON public.segments_condition (rule_id);

CREATE INDEX efv_env_feature_pub_created
    ON public.feature_versioning_environmentfeatureversion (environment_id, feature_id, created_at DESC)
    WHERE deleted_at IS NULL AND published_at IS NOT NULL;
CREATE INDEX efv_feature_published_created
    ON public.feature_versioning_environmentfeatureversion (feature_id, created_at DESC)
    WHERE deleted_at IS NULL AND published_at IS NOT NULL;
CREATE INDEX feature_ver_environ_707fb9_idx
    ON public.feature_versioning_environmentfeatureversion (environment_id, feature_id);
CREATE INDEX feature_versioning_envir_created_by_api_key_id_6faee752_like
    ON public.feature_versioning_environmentfeatureversion (created_by_api_key_id varchar_pattern_ops);
CREATE INDEX feature_versioning_envir_published_by_api_key_id_71d5414d_like
    ON public.feature_versioning_environmentfeatureversion (published_by_api_key_id varchar_pattern_ops);
CREATE INDEX feature_versioning_environ_change_request_id_223dd9b2
    ON public.feature_versioning_environmentfeatureversion (change_request_id);
CREATE INDEX feature_versioning_environ_created_by_api_key_id_6faee752
    ON public.feature_versioning_environmentfeatureversion (created_by_api_key_id);
CREATE INDEX feature_versioning_environ_created_by_id_e7ea49de
    ON public.feature_versioning_environmentfeatureversion (created_by_id);
CREATE INDEX feature_versioning_environ_deleted_at_5f9a4413
    ON public.feature_versioning_environmentfeatureversion (deleted_at);
CREATE INDEX feature_versioning_environ_environment_id_fa22dcda
    ON public.feature_versioning_environmentfeatureversion (environment_id);
CREATE INDEX feature_versioning_environ_feature_id_5912753d
    ON public.feature_versioning_environmentfeatureversion (feature_id);
CREATE INDEX feature_versioning_environ_pipeline_stage_id_933ec67f
    ON public.feature_versioning_environmentfeatureversion (pipeline_stage_id);
CREATE INDEX feature_versioning_environ_published_by_api_key_id_71d5414d
    ON public.feature_versioning_environmentfeatureversion (published_by_api_key_id);
CREATE INDEX feature_versioning_environ_published_by_id_1f1054a8
    ON public.feature_versioning_environmentfeatureversion (published_by_id);
CREATE UNIQUE INDEX unique_feature_environment_stage_unpublished
    ON public.feature_versioning_environmentfeatureversion (feature_id, environment_id, pipeline_stage_id)
    WHERE published_at IS NULL;

CREATE INDEX amplitude_amplitudeconfiguration_deleted_at_1ec1d827
    ON public.amplitude_amplitudeconfiguration (deleted_at);

CREATE INDEX heap_heapconfiguration_deleted_at_e3dcdd3b
    ON public.heap_heapconfiguration (deleted_at);

CREATE INDEX mixpanel_mixpanelconfiguration_deleted_at_d015d35e
    ON public.mixpanel_mixpanelconfiguration (deleted_at);

CREATE INDEX rudderstack_rudderstackconfiguration_deleted_at_c334ae94
    ON public.rudderstack_rudderstackconfiguration (deleted_at);

CREATE INDEX segment_segmentconfiguration_deleted_at_bef812ae
    ON public.segment_segmentconfiguration (deleted_at);

CREATE INDEX webhook_webhookconfiguration_deleted_at_7f328f3f
    ON public.webhook_webhookconfiguration (deleted_at);

CREATE INDEX dynatrace_dynatraceconfiguration_deleted_at_2c43e6cf
    ON public.dynatrace_dynatraceconfiguration (deleted_at);

CREATE INDEX audit_auditlog_author_id_5d444ed0
    ON public.audit_auditlog (author_id);
CREATE INDEX audit_auditlog_environment_id_ec209dc0
    ON public.audit_auditlog (environment_id);
CREATE INDEX audit_auditlog_master_api_key_id_9086c278
    ON public.audit_auditlog (master_api_key_id);
CREATE INDEX audit_auditlog_master_api_key_id_9086c278_like
    ON public.audit_auditlog (master_api_key_id varchar_pattern_ops);
CREATE INDEX audit_auditlog_project_id_025694a7
    ON public.audit_auditlog (project_id);

CREATE INDEX users_ffadminuser_email_7e508096_like
    ON public.users_ffadminuser (email varchar_pattern_ops);
CREATE INDEX users_ffadminuser_username_f49b99a7_like
    ON public.users_ffadminuser (username varchar_pattern_ops);

CREATE INDEX workflows_core_changerequest_committed_by_id_9d437636
    ON public.workflows_core_changerequest (committed_by_id);
CREATE INDEX workflows_core_changerequest_deleted_at_20606f3a
    ON public.workflows_core_changerequest (deleted_at);
CREATE INDEX workflows_core_changerequest_environment_id_48a2eb7b
    ON public.workflows_core_changerequest (environment_id);
CREATE INDEX workflows_core_changerequest_project_id_63ab788f
    ON public.workflows_core_changerequest (project_id);
CREATE INDEX workflows_core_changerequest_user_id_77d2134d
    ON public.workflows_core_changerequest (user_id);

CREATE INDEX environment_environ_341dc9_idx
    ON public.environments_identity (environment_id, created_date);
CREATE INDEX environments_identity_environment_id_b9425170
    ON public.environments_identity (environment_id);

CREATE INDEX environments_trait_identity_id_144c9227
    ON public.environments_trait (identity_id);

CREATE INDEX environments_environmentapikey_environment_id_bae78ba1
    ON public.environments_environmentapikey (environment_id);
CREATE INDEX environments_environmentapikey_key_cb39852c_like
    ON public.environments_environmentapikey (key varchar_pattern_ops);

CREATE INDEX environments_webhook_environment_id_4f871cf3
    ON public.environments_webhook (environment_id);

CREATE INDEX features_feature_owners_feature_id_427d9590
    ON public.features_feature_owners (feature_id);
CREATE INDEX features_feature_owners_ffadminuser_id_fc83b824
    ON public.features_feature_owners (ffadminuser_id);

CREATE INDEX tags_tag_project_id_1b3baa5a
    ON public.tags_tag (project_id);
CREATE UNIQUE INDEX unique_project_label_type_system_tag
    ON public.tags_tag (project_id, label, type)
    WHERE is_system_tag;

CREATE INDEX features_feature_tags_feature_id_cc0ebdc4
    ON public.features_feature_tags (feature_id);
CREATE INDEX features_feature_tags_tag_id_6fc4ef66
    ON public.features_feature_tags (tag_id);

CREATE INDEX metadata_metadatafield_organisation_id_5bf75f2b
    ON public.metadata_metadatafield (organisation_id);
CREATE INDEX metadata_metadatafield_project_id_c5def15a
    ON public.metadata_metadatafield (project_id);
CREATE UNIQUE INDEX unique_org_level_metadata_field
    ON public.metadata_metadatafield (name, organisation_id)
    WHERE project_id IS NULL;
CREATE UNIQUE INDEX unique_project_level_metadata_field
    ON public.metadata_metadatafield (name, organisation_id, project_id)
    WHERE project_id IS NOT NULL;

CREATE INDEX metadata_metadatamodelfield_content_type_id_0b2185ec
    ON public.metadata_metadatamodelfield (content_type_id);
CREATE INDEX metadata_metadatamodelfield_field_id_18dbda70
    ON public.metadata_metadatamodelfield (field_id);

CREATE INDEX metadata_metadata_content_type_id_169f7979
    ON public.metadata_metadata (content_type_id);
CREATE INDEX metadata_metadata_model_field_id_346e510f
    ON public.metadata_metadata (model_field_id);
