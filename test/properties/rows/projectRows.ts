import type { ProjectPlan } from '../projectPlan.js';
import { TABLE_NAMES, type Tables } from '../tables.js';
import { DELETED_AT, deletedAt, FIRST, OTHER_PROJECT, pick, typedValue, uuid } from './columns.js';
import { addFeatureSegments, addSegments } from './segmentRows.js';
import { addState } from './stateRows.js';

/** The rows of a plan, and one more project beside it. */
export function projectRows(generated: ProjectPlan): Tables {
  const plan = generated.isGathered ? gathered(generated) : generated;
  const tables = Object.fromEntries(TABLE_NAMES.map((name) => [name, []])) as unknown as Tables;
  addOrganisation(plan, tables);
  addEnvironments(plan, tables);
  addFeatures(plan, tables);
  addVersions(plan, tables);
  addSegments(plan, tables);
  addFeatureSegments(plan, tables);
  plan.states.forEach((_, i) => {
    addState(plan, tables, i);
  });
  return tables;
}

function gathered(plan: ProjectPlan): ProjectPlan {
  const first = { feature: 0 } as const;
  return {
    ...plan,
    versions: plan.versions.map((version) => ({ ...version, ...first })),
    featureSegments: plan.featureSegments.map((row) => ({ ...row, ...first, segment: 0 as const })),
    states: plan.states.map((state) => ({ ...state, ...first })),
  };
}

function addOrganisation({ organisation, project, poison }: ProjectPlan, tables: Tables): void {
  tables.organisations_organisation.push({
    id: FIRST.organisation,
    name: organisation.name,
    feature_analytics: organisation.featureAnalytics,
    stop_serving_flags: organisation.stopServingFlags,
    persist_trait_data: organisation.persistTraitData,
    deleted_at: deletedAt(organisation),
  });
  if (poison !== 'subscription')
    tables.organisations_subscription.push({
      id: 1,
      organisation_id: FIRST.organisation,
      deleted_at: organisation.isSubscriptionDeleted ? DELETED_AT : null,
    });
  for (const id of [FIRST.project, OTHER_PROJECT])
    tables.projects_project.push({
      id,
      name: project.name,
      organisation_id: FIRST.organisation,
      hide_disabled_flags: project.hideDisabledFlags,
      enable_dynamo_db: project.enableDynamoDb,
      enable_realtime_updates: project.enableRealtimeUpdates,
      identity_overrides_v2_migration_status: project.migrationStatus,
      deleted_at: deletedAt(project),
    });
}

function addEnvironments({ environments }: ProjectPlan, tables: Tables): void {
  environments.forEach((environment, i) => {
    const id = FIRST.environment + i;
    tables.environments_environment.push({
      id,
      name: environment.name,
      api_key: `key-${i}`,
      project_id: FIRST.project,
      allow_client_traits: environment.allowClientTraits,
      updated_at: environment.updatedAt,
      deleted_at: deletedAt(environment),
      hide_disabled_flags: environment.hideDisabledFlags,
      use_mv_v2_evaluation: environment.useMvV2Evaluation,
      hide_sensitive_data: environment.hideSensitiveData,
      use_v2_feature_versioning: environment.useV2Versioning,
      use_identity_overrides_in_local_eval: environment.useIdentityOverridesInLocalEval,
      is_creating: environment.isCreating,
      first_evaluated_at: environment.isEvaluated ? DELETED_AT : null,
    });
    for (const integration of environment.integrations) addIntegration(integration, id, tables);
  });
}

function addIntegration(
  integration: ProjectPlan['environments'][number]['integrations'][number],
  environmentId: number,
  tables: Tables,
): void {
  const { kind, credential, url } = integration;
  const shared = {
    id: FIRST.integration + environmentId,
    environment_id: environmentId,
    deleted_at: deletedAt(integration),
  };
  if (kind === 'webhook') {
    tables.webhook_webhookconfiguration.push({ ...shared, url: url ?? 'x', secret: credential });
  } else if (kind === 'amplitude') {
    tables.amplitude_amplitudeconfiguration.push({ ...shared, api_key: credential, base_url: url ?? 'x' });
  } else {
    const table = {
      heap: tables.heap_heapconfiguration,
      mixpanel: tables.mixpanel_mixpanelconfiguration,
      rudderstack: tables.rudderstack_rudderstackconfiguration,
      segment: tables.segment_segmentconfiguration,
      dynatrace: tables.dynatrace_dynatraceconfiguration,
    }[kind];
    table.push({ ...shared, api_key: credential, base_url: url });
  }
}

function addFeatures({ features, poison }: ProjectPlan, tables: Tables): void {
  features.forEach((feature, i) => {
    const id = FIRST.feature + i;
    tables.features_feature.push({
      id,
      // Names are unique in a project.
      name: `${feature.name}${i}`,
      project_id: FIRST.project,
      type: poison === 'featureType' && feature.isPoisoned ? 'CONFIG' : feature.type,
      is_archived: feature.isArchived,
      is_server_key_only: feature.isServerKeyOnly,
      deleted_at: deletedAt(feature),
    });
    const keys = new Set<string>();
    feature.options.forEach((option, j) => {
      // Keys are unique in a feature.
      const key = option.key !== null && !keys.has(option.key) ? option.key : null;
      if (key !== null) keys.add(key);
      tables.multivariate_multivariatefeatureoption.push({
        id: FIRST.option + tables.multivariate_multivariatefeatureoption.length,
        feature_id: id,
        key,
        ...typedValue(option.value, poison === 'length' && feature.isPoisoned && j === 0),
      });
    });
  });
}

function addVersions({ versions, environments }: ProjectPlan, tables: Tables): void {
  versions.forEach((version, i) => {
    const rows = tables.feature_versioning_environmentfeatureversion;
    const place = version.tiesWithPrevious && i > 0 ? versions[i - 1]! : version;
    const environment = pick(environments, place.environment)!;
    rows.push({
      uuid: uuid(1, i),
      environment_id: FIRST.environment + environments.indexOf(environment),
      feature_id: pick(tables.features_feature, place.feature)!.id,
      published_at: version.isPublished ? DELETED_AT : null,
      live_from: place.liveFrom,
      deleted_at: version.isDeleted || environment.hasOnlyDeletedVersions ? DELETED_AT : null,
    });
  });
}
