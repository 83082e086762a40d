-- The foreign keys between the baseline's tables, under Flagsmith's names; for the embedded database only.
--
-- Each is checked at commit, as Django declares them, so the rows of a transaction may come in any order. drizzle
-- has no words for DEFERRABLE: src/db/schema therefore leaves foreign keys to this file. Keys to tables that the
-- baseline does not have are left out (master API keys, release pipelines).

ALTER TABLE public.organisations_subscription
    ADD CONSTRAINT organisations_subscr_organisation_id_647225ec_fk_organisat
        FOREIGN KEY (organisation_id) REFERENCES public.organisations_organisation (id)
        DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.projects_project
    ADD CONSTRAINT projects_project_organisation_id_97360d51_fk_organisat
        FOREIGN KEY (organisation_id) REFERENCES public.organisations_organisation (id)
        DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.environments_environment
    ADD CONSTRAINT environments_environ_project_id_cc37cbc5_fk_projects_
        FOREIGN KEY (project_id) REFERENCES public.projects_project (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.features_feature
    ADD CONSTRAINT features_feature_project_id_72859830_fk_projects_project_id
        FOREIGN KEY (project_id) REFERENCES public.projects_project (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.features_featuresegment
    ADD CONSTRAINT features_featuresegm_environment_feature__11efe443_fk_feature_v
        FOREIGN KEY (environment_feature_version_id) REFERENCES public.feature_versioning_environmentfeatureversion (uuid)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featuresegm_environment_id_05e7007b_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featuresegm_feature_id_2a47155f_fk_features_
        FOREIGN KEY (feature_id) REFERENCES public.features_feature (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featuresegm_segment_id_64602469_fk_segments_
        FOREIGN KEY (segment_id) REFERENCES public.segments_segment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.features_featurestate
    ADD CONSTRAINT features_featurestat_change_request_id_44ff657b_fk_workflows
        FOREIGN KEY (change_request_id) REFERENCES public.workflows_core_changerequest (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featurestat_environment_feature__0b08c62e_fk_feature_v
        FOREIGN KEY (environment_feature_version_id) REFERENCES public.feature_versioning_environmentfeatureversion (uuid)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featurestat_environment_id_c5882902_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featurestat_feature_id_08da37d9_fk_features_
        FOREIGN KEY (feature_id) REFERENCES public.features_feature (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featurestat_feature_segment_id_547d5f48_fk_features_
        FOREIGN KEY (feature_segment_id) REFERENCES public.features_featuresegment (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_featurestat_identity_id_8229f26c_fk_environme
        FOREIGN KEY (identity_id) REFERENCES public.environments_identity (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.features_featurestatevalue
    ADD CONSTRAINT features_featurestat_feature_state_id_d0233f9e_fk_features_
        FOREIGN KEY (feature_state_id) REFERENCES public.features_featurestate (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.multivariate_multivariatefeatureoption
    ADD CONSTRAINT multivariate_multiva_feature_id_db03ece0_fk_features_
        FOREIGN KEY (feature_id) REFERENCES public.features_feature (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.multivariate_multivariatefeaturestatevalue
    ADD CONSTRAINT multivariate_multiva_feature_state_id_94542d0d_fk_features_
        FOREIGN KEY (feature_state_id) REFERENCES public.features_featurestate (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT multivariate_multiva_multivariate_feature_c842c63c_fk_multivari
        FOREIGN KEY (multivariate_feature_option_id) REFERENCES public.multivariate_multivariatefeatureoption (id)
        DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.segments_segment
    ADD CONSTRAINT segments_segment_change_request_id_f7a9baef_fk_workflows
        FOREIGN KEY (change_request_id) REFERENCES public.workflows_core_changerequest (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT segments_segment_feature_id_13a4a653_fk_features_feature_id
        FOREIGN KEY (feature_id) REFERENCES public.features_feature (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT segments_segment_project_id_27a886eb_fk_projects_project_id
        FOREIGN KEY (project_id) REFERENCES public.projects_project (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT segments_segment_version_of_id_b410f047_fk_segments_segment_id
        FOREIGN KEY (version_of_id) REFERENCES public.segments_segment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.segments_segmentrule
    ADD CONSTRAINT segments_segmentrule_rule_id_49328e77_fk_segments_
        FOREIGN KEY (rule_id) REFERENCES public.segments_segmentrule (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT segments_segmentrule_segment_id_bf0c60ed_fk_segments_segment_id
        FOREIGN KEY (segment_id) REFERENCES public.segments_segment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.segments_condition
    ADD CONSTRAINT segments_condition_rule_id_e058926e_fk_segments_segmentrule_id
        FOREIGN KEY (rule_id) REFERENCES public.segments_segmentrule (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.feature_versioning_environmentfeatureversion
    ADD CONSTRAINT feature_versioning_e_change_request_id_223dd9b2_fk_workflows
        FOREIGN KEY (change_request_id) REFERENCES public.workflows_core_changerequest (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT feature_versioning_e_created_by_id_e7ea49de_fk_users_ffa
        FOREIGN KEY (created_by_id) REFERENCES public.users_ffadminuser (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT feature_versioning_e_environment_id_fa22dcda_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT feature_versioning_e_feature_id_5912753d_fk_features_
        FOREIGN KEY (feature_id) REFERENCES public.features_feature (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT feature_versioning_e_published_by_id_1f1054a8_fk_users_ffa
        FOREIGN KEY (published_by_id) REFERENCES public.users_ffadminuser (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.amplitude_amplitudeconfiguration
    ADD CONSTRAINT amplitude_amplitudec_environment_id_e8eb7414_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.heap_heapconfiguration
    ADD CONSTRAINT heap_heapconfigurati_environment_id_638d4de4_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.mixpanel_mixpanelconfiguration
    ADD CONSTRAINT mixpanel_mixpanelcon_environment_id_3852934f_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.rudderstack_rudderstackconfiguration
    ADD CONSTRAINT rudderstack_rudderst_environment_id_3e0cb555_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.segment_segmentconfiguration
    ADD CONSTRAINT segment_segmentconfi_environment_id_415f880d_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.webhook_webhookconfiguration
    ADD CONSTRAINT webhook_webhookconfi_environment_id_ebf1020c_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.dynatrace_dynatraceconfiguration
    ADD CONSTRAINT dynatrace_dynatracec_environment_id_fce9a48b_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.audit_auditlog
    ADD CONSTRAINT audit_auditlog_author_id_5d444ed0_fk_users_ffadminuser_id
        FOREIGN KEY (author_id) REFERENCES public.users_ffadminuser (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT audit_auditlog_environment_id_ec209dc0_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT audit_auditlog_project_id_025694a7_fk_projects_project_id
        FOREIGN KEY (project_id) REFERENCES public.projects_project (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.workflows_core_changerequest
    ADD CONSTRAINT workflows_core_chang_committed_by_id_9d437636_fk_users_ffa
        FOREIGN KEY (committed_by_id) REFERENCES public.users_ffadminuser (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT workflows_core_chang_environment_id_48a2eb7b_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT workflows_core_chang_project_id_63ab788f_fk_projects_
        FOREIGN KEY (project_id) REFERENCES public.projects_project (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT workflows_core_chang_user_id_77d2134d_fk_users_ffa
        FOREIGN KEY (user_id) REFERENCES public.users_ffadminuser (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.environments_identity
    ADD CONSTRAINT environments_identit_environment_id_b9425170_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.environments_trait
    ADD CONSTRAINT environments_trait_identity_id_144c9227_fk_environme
        FOREIGN KEY (identity_id) REFERENCES public.environments_identity (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.environments_environmentapikey
    ADD CONSTRAINT environments_environ_environment_id_bae78ba1_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.environments_webhook
    ADD CONSTRAINT environments_webhook_environment_id_4f871cf3_fk_environme
        FOREIGN KEY (environment_id) REFERENCES public.environments_environment (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.features_feature_owners
    ADD CONSTRAINT features_feature_own_feature_id_427d9590_fk_features_
        FOREIGN KEY (feature_id) REFERENCES public.features_feature (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_feature_own_ffadminuser_id_fc83b824_fk_users_ffa
        FOREIGN KEY (ffadminuser_id) REFERENCES public.users_ffadminuser (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.tags_tag
    ADD CONSTRAINT tags_tag_project_id_1b3baa5a_fk_projects_project_id
        FOREIGN KEY (project_id) REFERENCES public.projects_project (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.features_feature_tags
    ADD CONSTRAINT features_feature_tag_feature_id_cc0ebdc4_fk_features_
        FOREIGN KEY (feature_id) REFERENCES public.features_feature (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT features_feature_tags_tag_id_6fc4ef66_fk_tags_tag_id
        FOREIGN KEY (tag_id) REFERENCES public.tags_tag (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.metadata_metadatafield
    ADD CONSTRAINT metadata_metadatafie_organisation_id_5bf75f2b_fk_organisat
        FOREIGN KEY (organisation_id) REFERENCES public.organisations_organisation (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT metadata_metadatafie_project_id_c5def15a_fk_projects_
        FOREIGN KEY (project_id) REFERENCES public.projects_project (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.metadata_metadatamodelfield
    ADD CONSTRAINT metadata_metadatamod_content_type_id_0b2185ec_fk_django_co
        FOREIGN KEY (content_type_id) REFERENCES public.django_content_type (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT metadata_metadatamod_field_id_18dbda70_fk_metadata_
        FOREIGN KEY (field_id) REFERENCES public.metadata_metadatafield (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.metadata_metadata
    ADD CONSTRAINT metadata_metadata_content_type_id_169f7979_fk_django_co
        FOREIGN KEY (content_type_id) REFERENCES public.django_content_type (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT metadata_metadata_model_field_id_346e510f_fk_metadata_
        FOREIGN KEY (model_field_id) REFERENCES public.metadata_metadatamodelfield (id)
        DEFERRABLE INITIALLY DEFERRED;
