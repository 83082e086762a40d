import assert from 'node:assert/strict';
import { documentLines, type DocumentOptions } from '../../src/preview/documentLines.js';
import { hideSecrets } from '../../src/preview/hideSecrets.js';
import { readScenario } from '../document/scenarios.js';
import { loadScenario, useDatabase } from '../support/database.js';

describe('the secrets of the documents that are shown', () => {
  const database = useDatabase({ template: 'baseline' });
  let secrets: string[];
  before(async () => {
    await loadScenario(database.url, 'g_integrations');
    // Some are also the base address of an integration, and that is shown.
    await database.sql`UPDATE webhook_webhookconfiguration SET url = url || 'token'`;
    secrets = await readSecrets();
  });

  /** Whatever PostgreSQL holds of keys, and of webhooks, that these documents are made of. */
  async function readSecrets(): Promise<string[]> {
    const rows = await database.sql<{ secret: string }[]>`
      SELECT api_key AS secret FROM environments_environment WHERE deleted_at IS NULL
      UNION SELECT api_key FROM amplitude_amplitudeconfiguration WHERE deleted_at IS NULL
      UNION SELECT api_key FROM heap_heapconfiguration WHERE deleted_at IS NULL
      UNION SELECT api_key FROM mixpanel_mixpanelconfiguration WHERE deleted_at IS NULL
      UNION SELECT api_key FROM rudderstack_rudderstackconfiguration WHERE deleted_at IS NULL
      UNION SELECT api_key FROM segment_segmentconfiguration WHERE deleted_at IS NULL
      UNION SELECT secret FROM webhook_webhookconfiguration WHERE deleted_at IS NULL
      UNION SELECT url FROM webhook_webhookconfiguration WHERE deleted_at IS NULL`;
    return rows.map(({ secret }) => secret).filter((secret) => secret !== '');
  }

  async function shownSecrets(options: Pick<DocumentOptions, 'encoding' | 'compression' | 'showSecrets'>) {
    let text = '';
    const tables = { v1: undefined, v2: undefined };
    const seedingPolicy = { inferenceWindowMs: 60_000 };
    for await (const line of documentLines(database.db, 'all', { tables, seedingPolicy, ...options }))
      text += JSON.stringify(line);
    return secrets.filter((secret) => text.includes(JSON.stringify(secret)));
  }

  for (const compression of ['on', 'off'] as const) {
    it(`stay hidden in both items under compression ${compression}, unless they are asked for`, async () => {
      assert.ok(secrets.length > readScenario('g_integrations').environments.length);
      assert.deepEqual(await shownSecrets({ encoding: 'json', compression, showSecrets: false }), []);
      assert.deepEqual(await shownSecrets({ encoding: 'json', compression, showSecrets: true }), secrets);
    });
  }

  it('are in the item with the types of DynamoDB, which is the item as it is stored', async () => {
    assert.deepEqual(
      await shownSecrets({ encoding: 'dynamodb', compression: 'on', showSecrets: false }),
      secrets,
    );
  });

  it('leave what is null or empty, what else integrations have, and feature values as they are', () => {
    const shown = {
      name: 'Production',
      feature_states: [{ feature_state_value: 'key' }],
      heap_config: null,
      segment_config: { api_key: '', base_url: 'https://segment.test', entity_selector: null },
    };
    const webhook_config = { url: 'https://hooks.test/token', secret: '' };
    assert.deepEqual(hideSecrets({ ...shown, api_key: 'key', webhook_config }), {
      ...shown,
      api_key: '***',
      webhook_config: { url: '***', secret: '' },
    });
  });
});
