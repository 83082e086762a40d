import type { Sql } from 'postgres';

/** What of Flagsmith's tables may be in no history, log or metric: keys, addresses, values, and who somebody is. */
const COLUMNS: Record<string, string[]> = {
  environments_environment: ['api_key', 'webhook_url'],
  environments_environmentapikey: ['key'],
  environments_identity: ['identifier'],
  environments_trait: ['string_value', 'integer_value'],
  amplitude_amplitudeconfiguration: ['api_key', 'base_url'],
  dynatrace_dynatraceconfiguration: ['api_key', 'base_url', 'entity_selector'],
  heap_heapconfiguration: ['api_key', 'base_url'],
  mixpanel_mixpanelconfiguration: ['api_key', 'base_url'],
  rudderstack_rudderstackconfiguration: ['api_key', 'base_url'],
  segment_segmentconfiguration: ['api_key', 'base_url'],
  webhook_webhookconfiguration: ['url', 'secret'],
  features_feature: ['initial_value'],
  features_featurestatevalue: ['string_value', 'integer_value'],
  multivariate_multivariatefeatureoption: ['string_value', 'integer_value'],
  segments_condition: ['value'],
};

const COLUMNS_BY_NAME = Object.entries(COLUMNS).flatMap(([table, names]) =>
  names.map((column) => ({ table, column, isNumber: column === 'integer_value' })),
);

/** Where a secret is from, by its text. */
export type Secrets = Map<string, string>;

/** Makes every secret of the rows one that occurs nowhere else by chance: no plain `1` or `red` is left. */
export async function makeUnmistakable(sql: Sql): Promise<void> {
  for (const { table, column, isNumber } of COLUMNS_BY_NAME)
    await sql`
      UPDATE ${sql(table)}
      SET ${sql(column)} = ${isNumber ? sql`1700000000 + id` : sql`${sql(column)} || 'sesame' || id`}
      WHERE ${sql(column)} IS NOT NULL`;
  // Not a change to be synced, and no key that had items.
  await sql`DELETE FROM document_sync.outbox`;
  await sql`DELETE FROM document_sync.retired_key`;
}

/** All that the rows hold now. */
export async function readSecrets(sql: Sql): Promise<Secrets> {
  const secrets: Secrets = new Map();
  for (const { table, column } of COLUMNS_BY_NAME) {
    const rows = await sql<{ id: number; text: string }[]>`
      SELECT id, ${sql(column)}::text AS text FROM ${sql(table)} WHERE ${sql(column)}::text <> ''`;
    for (const { id, text } of rows) secrets.set(text, `${table}.${column} of ${id}`);
  }
  return secrets;
}
