import { randomUUID } from 'node:crypto';
import { GENERATED } from '../document/generatedEnvironment.js';
import { FEATURES, NEW_ENVIRONMENT, STATES_FROM, type Triggers } from './databases.js';

/** What Flagsmith does in one statement, which is a transaction of its own. */
export interface Statement {
  name: string;
  /** Another one each round: of an UPDATE that changes nothing, nothing is recorded. */
  text: (round: number) => string;
  /** How many rows it writes. */
  rows: number;
  /** The outbox rows that it leaves, by their source. */
  records: Record<Exclude<Triggers, 'none'>, string[]>;
  /** Takes away what it inserted, so that every round finds the same tables; fires no triggers. */
  clear?: string;
}

const byNetOnly = (table: string) => ({ sync: [], net: [table] });

/** Those of many rows last: under a snapshot, what they leave behind would be in the others' way. */
export const statements: Statement[] = [
  {
    name: 'audit row',
    text: () => insert('audit_auditlog', [auditRow]),
    rows: 1,
    records: { sync: ['audit_log'], net: ['audit_log'] },
  },
  {
    // Behind each audit row. The document shows it, but the audit row itself has told of it: nothing is recorded.
    name: "environment's updated_at",
    text: () => `UPDATE public.environments_environment SET updated_at = now() WHERE id = ${GENERATED.id}`,
    rows: 1,
    records: { sync: [], net: [] },
  },
  {
    name: 'one feature state',
    text: () =>
      `UPDATE public.features_featurestate SET enabled = NOT enabled, updated_at = now() WHERE id = 1`,
    rows: 1,
    records: byNetOnly('features_featurestate'),
  },
  {
    name: 'segment',
    text: (round) => `
      UPDATE public.segments_segment SET name = 'customers of round ${round}', updated_at = now() WHERE id = 1`,
    rows: 1,
    records: byNetOnly('segments_segment'),
  },
  {
    name: 'condition',
    text: (round) => `
      UPDATE public.segments_condition SET value = 'round ${round}', updated_at = now() WHERE id = 1`,
    rows: 1,
    records: byNetOnly('segments_condition'),
  },
  {
    name: `${FEATURES} feature states`,
    text: () => `
      UPDATE public.features_featurestate SET enabled = NOT enabled, updated_at = now()
      WHERE environment_id = ${GENERATED.id} AND feature_segment_id IS NULL`,
    rows: FEATURES,
    records: byNetOnly('features_featurestate'),
  },
  {
    name: `${FEATURES} new feature states`,
    text: () => insert('features_featurestate', features.map(newState)),
    rows: FEATURES,
    records: byNetOnly('features_featurestate'),
    clear: `DELETE FROM public.features_featurestate WHERE environment_id = ${NEW_ENVIRONMENT} AND id < ${STATES_FROM}`,
  },
  {
    name: `${FEATURES} new values`,
    text: () => insert('features_featurestatevalue', features.map(newValue)),
    rows: FEATURES,
    records: byNetOnly('features_featurestatevalue'),
    clear: `DELETE FROM public.features_featurestatevalue WHERE feature_state_id >= ${STATES_FROM}`,
  },
];

const features = Array.from({ length: FEATURES }, (_, i) => i + 1);

const auditRow = {
  created_date: 'now()',
  log: `'Flag state updated for feature: checkout_experiment_1'`,
  author_id: 'NULL',
  environment_id: GENERATED.id,
  related_object_id: 1,
  related_object_type: `'FEATURE_STATE'`,
  project_id: GENERATED.projectId,
  skip_signals: 'NULL',
  master_api_key_id: 'NULL',
  is_system_event: false,
  history_record_class_path: `'features.models.HistoricalFeatureState'`,
  history_record_id: 1,
  related_object_uuid: 'NULL',
};

const newState = (feature: number) => ({
  enabled: false,
  environment_id: NEW_ENVIRONMENT,
  feature_id: feature,
  identity_id: 'NULL',
  feature_segment_id: 'NULL',
  created_at: 'now()',
  live_from: 'now()',
  updated_at: 'now()',
  version: 1,
  change_request_id: 'NULL',
  uuid: `'${randomUUID()}'`,
  deleted_at: 'NULL',
  environment_feature_version_id: 'NULL',
  mv_hashing_salt: 'NULL',
});

const newValue = (feature: number) => ({
  type: `'unicode'`,
  boolean_value: 'NULL',
  integer_value: 'NULL',
  string_value: `'{"banner":"${randomUUID()}","limit":${feature % 50}}'`,
  feature_state_id: STATES_FROM + feature,
  uuid: `'${randomUUID()}'`,
  deleted_at: 'NULL',
});

/** As Django writes it: every column but the id, which is given back, and values in the text. */
function insert(table: string, rows: Record<string, string | number | boolean>[]): string {
  const columns = Object.keys(rows[0] ?? {}).join(', ');
  const values = rows.map((row) => `(${Object.values(row).join(', ')})`).join(', ');
  return `INSERT INTO public.${table} (${columns}) VALUES ${values} RETURNING id`;
}
