import assert from 'node:assert/strict';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { textsIn } from '../secrets/leaks.js';
import { useSystem } from '../support/system.js';
import { createWriter } from '../support/writer.js';
import { untilTrue } from '../workflows/scripted.js';

describe('the deletion of an environment with identities, with the whole system running', () => {
  const system = useSystem();

  it('deletes them, and keeps the key that they are found by out of the history', async () => {
    const { sql, name } = system.database;
    const identities = `${name}_identities`;
    const { v1, v2 } = system.tables;
    await createEnvironmentTables(system.dynamo, { environments: v1, environmentsV2: v2, identities });
    await system.startWorker({ IDENTITIES_TABLE_NAME_DYNAMO: identities });
    const apiKey = crypto.randomUUID();
    const environmentId = await insertEnvironment(sql, await insertProject(sql), { api_key: apiKey });
    await createWriter(system).write({ environmentId });
    for (const identifier of ['first', 'second'])
      await system.dynamo.send(
        new PutItemCommand({
          TableName: identities,
          Item: {
            composite_key: { S: `${apiKey}_${identifier}` },
            environment_api_key: { S: apiKey },
            identifier: { S: identifier },
            identity_uuid: { S: crypto.randomUUID() },
          },
        }),
      );

    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    const left = async () =>
      (await system.dynamo.send(new ScanCommand({ TableName: identities, ConsistentRead: true }))).Count;
    await untilTrue(async () => (await left()) === 0);
    const sync = system.syncOf(environmentId);
    await untilTrue(async () => {
      const { events } = await sync.fetchHistory();
      return events?.some((event) => event.timerStartedEventAttributes) ?? false;
    });
    const texts = textsIn(await sync.fetchHistory());
    assert.ok(texts.some((text) => text.includes('itemsCount')));
    assert.ok(!texts.some((text) => text.includes(apiKey)));
    await sync.terminate();
  });
});
