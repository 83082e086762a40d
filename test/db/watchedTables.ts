import type { ISql, Sql } from 'postgres';
import { insertRow, insertRows, type Rows } from './changedRows.js';

const integrations: Record<string, { address: string; columns: Record<string, string> }> = {
  ...Object.fromEntries(
    ['amplitude', 'heap', 'mixpanel', 'rudderstack', 'segment'].map((kind) => [
      `${kind}_${kind}configuration`,
      { address: 'base_url', columns: { base_url: 'https://example.com', api_key: 'key' } },
    ]),
  ),
  webhook_webhookconfiguration: {
    address: 'url',
    columns: { url: 'https://example.com', secret: 'secret' },
  },
};

/** The tables that carry a trigger of ours, as the catalogue has them. */
export async function watchedTables(sql: ISql): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    SELECT DISTINCT relname::text AS name
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname LIKE 'document_sync_%' ORDER BY name`;
  return tables.map(({ name }) => name);
}

/** A project as of `insertRows`, with an integration of each kind and an audit row: something in every watched table. */
export async function insertWatchedRows(sql: Sql): Promise<Rows> {
  const rows = await insertRows(sql);
  for (const [table, { columns }] of Object.entries(integrations))
    await insertRow(sql, table, { environment_id: rows.v1, ...columns });
  await sql.unsafe(changes['audit_auditlog']!(rows));
  return rows;
}

const update = (set: string, key: keyof Rows, column = 'id') => ({ set, key, column });

const updates = {
  organisations_organisation: update("name = 'Another'", 'organisation'),
  projects_project: update("name = 'Another'", 'project'),
  environments_environment: update("name = 'Another'", 'v1'),
  feature_versioning_environmentfeatureversion: update('live_from = now()', 'publishedVersion', 'uuid'),
  features_feature: update("name = 'another'", 'feature'),
  features_featurestate: update('enabled = NOT enabled', 'live'),
  features_featurestatevalue: update("string_value = 'another'", 'live', 'feature_state_id'),
  features_featuresegment: update('priority = priority + 1', 'featureSegment'),
  multivariate_multivariatefeatureoption: update("string_value = 'another'", 'option'),
  multivariate_multivariatefeaturestatevalue: update(
    'percentage_allocation = 30',
    'live',
    'feature_state_id',
  ),
  segments_segment: update("name = 'Another'", 'segment'),
  segments_segmentrule: update("type = 'NONE'", 'inner'),
  segments_condition: update("value = 'another'", 'condition'),
  ...Object.fromEntries(
    Object.entries(integrations).map(([table, { address }]) => [
      table,
      update(`${address} = 'https://another.example.com'`, 'v1', 'environment_id'),
    ]),
  ),
};

/** On each watched table one statement of Flagsmith's that is recorded. */
export const changes: Record<string, (rows: Rows) => string> = {
  ...Object.fromEntries(
    Object.entries(updates).map(([table, { set, key, column }]) => [
      table,
      (rows: Rows) => `UPDATE ${table} SET ${set} WHERE ${column} = '${rows[key]}'`,
    ]),
  ),
  organisations_subscription: ({ organisation }: Rows) =>
    `DELETE FROM organisations_subscription WHERE organisation_id = ${organisation}`,
  audit_auditlog: ({ project, v1 }: Rows) => `
    INSERT INTO audit_auditlog (created_date, log, is_system_event, related_object_type, project_id, environment_id)
    VALUES (now(), 'changed', false, 'FEATURE_STATE', ${project}, ${v1})`,
};

/** What a change of the table is recorded as. */
export const sourceOf = (table: string) => (table === 'audit_auditlog' ? 'audit_log' : table);
