import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { readConfig } from '../../src/config.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';

describe('a worker in shadow mode', () => {
  const system = useSystem({ SHADOW_TABLE_SUFFIX: '_shadow' });

  it('refuses to start without the shadow tables, and says how they are made', async () => {
    await assert.rejects(
      system.startWorker(),
      /ENVIRONMENTS_TABLE_NAME_DYNAMO is "test_\d+_environments_shadow": there is no such table[^]*aws dynamodb create-table --table-name test_\d+_environments_shadow /,
    );
  });

  it('writes to the shadow tables, and leaves Flagsmith’s as they are', async () => {
    const { sql } = system.database;
    const shadow = readConfig(system.env).tables;
    await createEnvironmentTables(system.dynamo, {
      environments: shadow.v1!,
      environmentsV2: shadow.v2!,
    });
    const projectId = await insertProject(sql);
    const featureId = await insertFeature(sql, projectId, 'banner');
    const environmentId = await insertEnvironment(sql, projectId, { api_key: 'shadowed' });
    await insertFeatureState(sql, environmentId, featureId);
    await system.startWorker();
    await insertAuditLog(sql, { projectId, environmentId });

    const inShadow = async () => {
      const get = (TableName: string, Key: GetItemCommand['input']['Key']) =>
        system.dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      const items = await Promise.all([
        get(shadow.v1!, { api_key: { S: 'shadowed' } }),
        get(shadow.v2!, { environment_id: { S: String(environmentId) }, document_key: { S: '_META' } }),
      ]);
      return items.map(({ Item }) => Item?.['id']?.N);
    };
    while ((await inShadow()).includes(undefined)) await delay(50);
    assert.deepEqual(await inShadow(), [String(environmentId), String(environmentId)]);
    assert.deepEqual(await storedItems(system, environmentId), { v1: undefined, v2: undefined });
  });
});
