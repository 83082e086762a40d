import type { EnvironmentRow, ProjectRow, Tables } from '../tables.js';
import { compressionFailures, mappingFailures } from './failures.js';
import { featureStateObject, liveDefaults } from './featureStates.js';
import { segmentObjects } from './segments.js';
import { Gzipped, isBranch, NumberText, timestampText, wholeNumber, type Branch, type Tree } from './tree.js';

/** What Flagsmith makes of one environment. */
export interface Expected {
  /** To which tables its project's environments go. */
  writes: { v1: boolean; v2: boolean };
  plain: Items | Unmappable;
  compressed: Items | Unmappable;
}

export interface Items {
  v1: Branch;
  v2: Branch;
}

/** The mapping raises, for these reasons. */
export interface Unmappable {
  failures: string[];
}

export const isUnmappable = (form: Items | Unmappable): form is Unmappable => 'failures' in form;

/** Null where Flagsmith would not find the environment. */
export function expectedItems(tables: Tables, environmentId: number, now: string): Expected | null {
  const environment = tables.environments_environment.find(({ id }) => id === environmentId);
  if (!environment || environment.deleted_at !== null) return null;
  const project = tables.projects_project.find(({ id }) => id === environment.project_id)!;

  const states = liveDefaults(tables, environment, now);
  const featureStates = states.map((state) => featureStateObject(tables, state));
  const segments = segmentObjects(tables, environment, now);
  const serverKeyOnly = states
    .map((state) => tables.features_feature.find(({ id }) => id === state.feature_id)!)
    .filter((feature) => feature.is_server_key_only)
    .map((feature) => wholeNumber(feature.id));

  const item: Branch = {
    ...environmentAttributes(environment),
    ...integrations(tables, environment),
    identity_overrides: [],
    feature_states: featureStates,
    project: projectObject(tables, project, segments, serverKeyOnly),
  };
  const failures = mappingFailures(featureStates, segments);
  const subscription = tables.organisations_subscription.find(
    (row) => row.organisation_id === project.organisation_id,
  );
  if (!subscription) failures.push('organisations_organisation: no subscription');
  const failuresCompressed = [...failures, ...compressionFailures(featureStates, segments)];

  return {
    writes: writes(project),
    plain: failures.length > 0 ? { failures } : bothItems(environment, item),
    compressed:
      failuresCompressed.length > 0
        ? { failures: failuresCompressed }
        : bothItems(environment, compressedItem(item)),
  };
}

function writes(project: ProjectRow): { v1: boolean; v2: boolean } {
  const v1 = project.enable_dynamo_db;
  const status = project.identity_overrides_v2_migration_status;
  return { v1, v2: v1 && (status === 'COMPLETE' || status === 'INCOMPLETE') };
}

const environmentAttributes = (environment: EnvironmentRow): Branch => ({
  id: wholeNumber(environment.id),
  api_key: environment.api_key,
  name: environment.name,
  updated_at: timestampText(environment.updated_at),
  allow_client_traits: environment.allow_client_traits,
  hide_sensitive_data: environment.hide_sensitive_data,
  hide_disabled_flags: environment.hide_disabled_flags,
  use_identity_composite_key_for_hashing: environment.use_mv_v2_evaluation,
  use_identity_overrides_in_local_eval: environment.use_identity_overrides_in_local_eval,
  onboarding_pending: environment.first_evaluated_at === null,
});

function projectObject(
  tables: Tables,
  project: ProjectRow,
  segments: Branch[],
  serverKeyOnlyFeatureIds: Tree[],
): Branch {
  const organisation = tables.organisations_organisation.find(({ id }) => id === project.organisation_id)!;
  return {
    id: wholeNumber(project.id),
    name: project.name,
    hide_disabled_flags: project.hide_disabled_flags,
    enable_realtime_updates: project.enable_realtime_updates,
    segments,
    server_key_only_feature_ids: serverKeyOnlyFeatureIds,
    organisation: {
      id: wholeNumber(organisation.id),
      name: organisation.name,
      feature_analytics: organisation.feature_analytics,
      stop_serving_flags: organisation.stop_serving_flags,
      persist_trait_data: organisation.persist_trait_data,
    },
  };
}

const KEYED_INTEGRATIONS = [
  ['amplitude_config', 'amplitude_amplitudeconfiguration'],
  ['heap_config', 'heap_heapconfiguration'],
  ['mixpanel_config', 'mixpanel_mixpanelconfiguration'],
  ['rudderstack_config', 'rudderstack_rudderstackconfiguration'],
  ['segment_config', 'segment_segmentconfiguration'],
] as const;

function integrations(tables: Tables, environment: EnvironmentRow): Branch {
  const attributes: Branch = { dynatrace_config: null };
  for (const [name, table] of KEYED_INTEGRATIONS) {
    const row = presentRow(tables[table], environment);
    attributes[name] = row ? { api_key: row.api_key, base_url: row.base_url, entity_selector: null } : null;
  }
  const webhook = presentRow(tables.webhook_webhookconfiguration, environment);
  attributes['webhook_config'] = webhook ? { url: webhook.url, secret: webhook.secret } : null;
  return attributes;
}

const presentRow = <R extends { environment_id: number; deleted_at: string | null }>(
  rows: R[],
  environment: EnvironmentRow,
): R | undefined => rows.find((row) => row.environment_id === environment.id && row.deleted_at === null);

function bothItems(environment: EnvironmentRow, v1: Branch): Items {
  const { api_key: apiKey, ...shared } = v1;
  const keys = {
    environment_api_key: apiKey!,
    environment_id: String(environment.id),
    document_key: '_META',
  };
  return { v1, v2: { ...shared, ...keys } };
}

function compressedItem(plain: Branch): Branch {
  const item: Branch = { ...plain, compressed: true };
  delete item['identity_overrides'];
  for (const [name] of KEYED_INTEGRATIONS) {
    const config = item[name];
    if (!isBranch(config)) continue;
    item[name] = { api_key: config['api_key']!, base_url: config['base_url']! };
  }
  item['project'] = new Gzipped(withTextValues(plain['project']!));
  item['feature_states'] = new Gzipped(withTextValues(plain['feature_states']!));
  return item;
}

/** Whole-number values of features and of options become text. */
function withTextValues(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map(withTextValues);
  if (!isBranch(tree)) return tree;
  const copy: Branch = {};
  for (const [name, inner] of Object.entries(tree)) {
    const isFeatureValue = name === 'feature_state_value' || (name === 'value' && 'key' in tree);
    copy[name] = isFeatureValue && inner instanceof NumberText ? inner.text : withTextValues(inner);
  }
  return copy;
}
