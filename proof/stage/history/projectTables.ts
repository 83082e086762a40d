import { TABLE_NAMES, type Tables } from '../../../test/properties/tables.js';
import type { RowChange } from './commits.js';
import type { WalRow } from './pgoutput.js';

/** Rows of one organisation with its project, as they were committed. Rows are replaced and never changed. */
export type ProjectTables = Record<keyof Tables, WalRow[]>;

export const noRows = (): ProjectTables =>
  Object.fromEntries(TABLE_NAMES.map((name) => [name, [] as WalRow[]])) as ProjectTables;

export const copyOf = (tables: ProjectTables): ProjectTables =>
  Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, [...rows]])) as ProjectTables;

/** @throws {MissingRowError} */
export function applyChange(tables: ProjectTables, { kind, table, row }: RowChange): void {
  const rows = tables[table as keyof Tables];
  if (kind === 'insert') {
    rows.push(row);
    return;
  }
  const index = rows.findIndex((known) => keyOf(table, known) === keyOf(table, row));
  if (index < 0)
    throw new MissingRowError(`${kind} of ${identityOf({ kind, table, row })}, which is not there`);
  // What an update leaves alone may be missing in it.
  if (kind === 'update') rows[index] = { ...rows[index], ...row };
  else rows.splice(index, 1);
}

export class MissingRowError extends Error {
  override name = 'MissingRowError';
}

/** Which row it is. */
export const identityOf = ({ table, row }: RowChange): string => `${table} ${String(keyOf(table, row))}`;

const keyOf = (table: string, row: WalRow) =>
  table === 'feature_versioning_environmentfeatureversion' ? row['uuid'] : row['id'];

/** What a row belongs to: the column that says so, and the table that it names a row of. */
const PARENTS: Record<keyof Tables, [column: string, table: keyof Tables][]> = {
  organisations_organisation: [],
  organisations_subscription: [['organisation_id', 'organisations_organisation']],
  projects_project: [['organisation_id', 'organisations_organisation']],
  environments_environment: [['project_id', 'projects_project']],
  features_feature: [['project_id', 'projects_project']],
  multivariate_multivariatefeatureoption: [['feature_id', 'features_feature']],
  feature_versioning_environmentfeatureversion: [['environment_id', 'environments_environment']],
  segments_segment: [['project_id', 'projects_project']],
  segments_segmentrule: [
    ['segment_id', 'segments_segment'],
    ['rule_id', 'segments_segmentrule'],
  ],
  segments_condition: [['rule_id', 'segments_segmentrule']],
  features_featuresegment: [['environment_id', 'environments_environment']],
  features_featurestate: [['environment_id', 'environments_environment']],
  features_featurestatevalue: [['feature_state_id', 'features_featurestate']],
  multivariate_multivariatefeaturestatevalue: [['feature_state_id', 'features_featurestate']],
  amplitude_amplitudeconfiguration: [['environment_id', 'environments_environment']],
  heap_heapconfiguration: [['environment_id', 'environments_environment']],
  mixpanel_mixpanelconfiguration: [['environment_id', 'environments_environment']],
  rudderstack_rudderstackconfiguration: [['environment_id', 'environments_environment']],
  segment_segmentconfiguration: [['environment_id', 'environments_environment']],
  dynatrace_dynatraceconfiguration: [['environment_id', 'environments_environment']],
  webhook_webhookconfiguration: [['environment_id', 'environments_environment']],
};

const REFERENCES: Record<string, keyof Tables> = {
  organisation_id: 'organisations_organisation',
  project_id: 'projects_project',
  environment_id: 'environments_environment',
  feature_id: 'features_feature',
  segment_id: 'segments_segment',
  rule_id: 'segments_segmentrule',
  feature_segment_id: 'features_featuresegment',
  feature_state_id: 'features_featurestate',
  multivariate_feature_option_id: 'multivariate_multivariatefeatureoption',
  environment_feature_version_id: 'feature_versioning_environmentfeatureversion',
};

/** Which rows a row names, as {@link identityOf} does: they were there before it. */
export const namedBy = ({ row }: RowChange): string[] =>
  Object.entries(REFERENCES).flatMap(([column, table]) =>
    row[column] == null ? [] : [`${table} ${String(row[column])}`],
  );

/** Tells of each row which organisation it belongs to: nothing of one is in another's documents. */
export class Owners {
  readonly #organisations = new Map<string, number>();
  readonly #identities = new Map<number, string[]>();

  of(change: RowChange): number {
    const identity = identityOf(change);
    const known = this.#organisations.get(identity);
    if (known !== undefined) return known;
    const owner = this.#find(change);
    this.#organisations.set(identity, owner);
    const identities = this.#identities.get(owner);
    if (identities) identities.push(identity);
    else this.#identities.set(owner, [identity]);
    return owner;
  }

  /** Undefined where there was no such environment. */
  ofEnvironment(environmentId: number): number | undefined {
    return this.#organisations.get(`environments_environment ${environmentId}`);
  }

  forget(organisationId: number): void {
    for (const identity of this.#identities.get(organisationId) ?? []) this.#organisations.delete(identity);
    this.#identities.delete(organisationId);
  }

  #find({ table, row }: RowChange): number {
    if (table === 'organisations_organisation') return row['id'] as number;
    for (const [column, parent] of PARENTS[table as keyof Tables]) {
      const parentKey = row[column];
      const owner = parentKey == null ? undefined : this.#organisations.get(`${parent} ${String(parentKey)}`);
      if (owner !== undefined) return owner;
    }
    throw new Error(`${identityOf({ kind: 'insert', table, row })} belongs to nothing that was committed`);
  }
}
