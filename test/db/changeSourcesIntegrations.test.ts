import { describeCases, nothing, ofV1, type SourceCase } from './sourceCases.js';

const integrations = [
  ...['amplitude', 'heap', 'mixpanel', 'rudderstack', 'segment'].map((kind) => ({
    table: `${kind}_${kind}configuration`,
    columns: ['base_url', 'api_key'] as const,
  })),
  { table: 'webhook_webhookconfiguration', columns: ['url', 'secret'] as const },
];

for (const { table, columns } of integrations) describeCases(`a change of ${table}`, cases(table, columns));

describeCases('a change of dynatrace_dynatraceconfiguration, which is in no document', [
  {
    change: 'a new row',
    statements: ({ v1 }) => `
      INSERT INTO dynatrace_dynatraceconfiguration (uuid, environment_id, base_url, api_key, entity_selector)
      VALUES (gen_random_uuid(), ${v1}, 'https://example.com', 'key', '')`,
    records: nothing,
  },
]);

function cases(table: string, [address, secret]: readonly [string, string]): SourceCase[] {
  const insert = (environmentId: number) => `
    INSERT INTO ${table} (uuid, environment_id, ${address}, ${secret})
    VALUES (gen_random_uuid(), ${environmentId}, 'https://example.com', 'secret');`;
  const deleteSoftly = `UPDATE ${table} SET deleted_at = now();`;
  const forget = 'DELETE FROM document_sync.outbox;';
  const once = (...before: string[]) => ({
    then: (change: string, statement: string, records: SourceCase['records']): SourceCase => ({
      change,
      statements: ({ v1 }) => [insert(v1), ...before, forget, statement].join('\n'),
      records,
    }),
  });
  return [
    { change: 'a new row', statements: ({ v1 }) => insert(v1), records: ofV1(table) },
    once().then('its address', `UPDATE ${table} SET ${address} = 'https://example.net'`, ofV1(table)),
    once().then('its secret', `UPDATE ${table} SET ${secret} = 'another'`, ofV1(table)),
    once().then('deleted_at set', deleteSoftly, ofV1(table)),
    once(deleteSoftly).then('deleted_at cleared', `UPDATE ${table} SET deleted_at = NULL`, ofV1(table)),
    once().then('its deletion', `DELETE FROM ${table}`, ofV1(table)),
    once().then('saved as it was', `UPDATE ${table} SET ${address} = ${address}`, nothing),
    once(deleteSoftly).then('deleted a second time', `DELETE FROM ${table}`, nothing),
    {
      change: 'a new row in a deleted environment',
      statements: ({ deleted }) => insert(deleted),
      records: nothing,
    },
  ];
}
