import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { startRebuildSweep, startVerifySweep } from '../../src/sweeps/startSweep.js';
import { startRebuild } from '../../src/syncs/startRebuild.js';
import { stuckSyncs } from '../../src/syncs/stuckSyncs.js';
import type { RunningWorker } from '../../src/worker.js';
import { envsync, useBuiltEnvsync } from '../cli/envsync.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { accessesOf, type IamPolicy, parsePolicy, textOf, withoutAction } from '../support/iamPolicy.js';
import { IamProxy } from '../support/iamProxy.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';
import { quietEnvironments } from '../verify/environments.js';
import { type EveryDrift, makeEveryDrift } from '../verify/everyDrift.js';

const ACCOUNT = '123456789012';

useBuiltEnvsync();

describe('a worker that may do in DynamoDB what `envsync grants --aws` prints, and nothing else', function () {
  this.timeout(120_000);
  const system = useSystem();
  let identities: string;
  let granted: IamPolicy;
  let proxy: IamProxy;
  let worker: RunningWorker;
  let projectId: number;
  let drift: EveryDrift;

  before(async () => {
    const { v1, v2 } = system.tables;
    identities = `${system.taskQueue}_identities`;
    await createEnvironmentTables(system.dynamo, { environments: v1, environmentsV2: v2, identities });
    system.env['IDENTITIES_TABLE_NAME_DYNAMO'] = identities;
    const { stdout } = await envsync(['grants', '--aws', '--account', ACCOUNT], system.env);
    const direct = system.env['AWS_ENDPOINT_URL_DYNAMODB']!;
    granted = parsePolicy(stdout);
    proxy = await IamProxy.open(direct, ACCOUNT, granted);
    projectId = await insertProject(system.database.sql);
    // Before a relay is there: its syncs would mend it.
    drift = await makeEveryDrift(system, await quietEnvironments(system, 9));
    // The worker's client looks there when it is made.
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = proxy.endpoint;
    worker = await system.startWorker();
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = direct;
  });
  afterEach(() => {
    proxy.policy = granted;
  });
  // After the worker.
  after(() => proxy.close());

  const settings = () => ({ instanceName: system.database.name, taskQueue: system.taskQueue });
  const readiness = () => fetch(`http://127.0.0.1:${worker.httpPort}/readyz`);

  async function changedEnvironment(): Promise<{ environmentId: number; apiKey: string }> {
    const apiKey = crypto.randomUUID();
    const environmentId = await insertEnvironment(system.database.sql, projectId, { api_key: apiKey });
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    return { environmentId, apiKey };
  }
  async function untilWritten(environmentId: number): Promise<void> {
    for (;;) {
      const { v1, v2 } = await storedItems(system, environmentId);
      if (v1 && v2) return;
      await delay(20);
    }
  }
  const softDelete = (environmentId: number) =>
    system.database.sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;

  /** As Flagsmith's edge API stores them. */
  async function putIdentity(environmentId: number, apiKey: string): Promise<void> {
    const uuid = crypto.randomUUID();
    const identity = {
      composite_key: { S: `${apiKey}_user` },
      environment_api_key: { S: apiKey },
      identifier: { S: 'user' },
      identity_uuid: { S: uuid },
    };
    await system.dynamo.send(new PutItemCommand({ TableName: identities, Item: identity }));
    const override = {
      environment_id: { S: String(environmentId) },
      document_key: { S: `identity_override:1:${uuid}` },
      environment_api_key: { S: apiKey },
    };
    await system.dynamo.send(new PutItemCommand({ TableName: system.tables.v2, Item: override }));
  }
  async function leftOf(environmentId: number): Promise<number> {
    const { v1 } = await storedItems(system, environmentId);
    const partition = new QueryCommand({
      TableName: system.tables.v2,
      KeyConditionExpression: 'environment_id = :id',
      ExpressionAttributeValues: { ':id': { S: String(environmentId) } },
    });
    const { Count: inPartition = 0 } = await system.dynamo.send(partition);
    const { Count: inIdentities = 0 } = await system.dynamo.send(new ScanCommand({ TableName: identities }));
    return (v1 ? 1 : 0) + inPartition + inIdentities;
  }

  it('syncs, deletes, rebuilds, verifies and repairs without one refusal, and needs all of it', async () => {
    const { environmentId, apiKey } = await changedEnvironment();
    await untilWritten(environmentId);
    await putIdentity(environmentId, apiKey);
    await softDelete(environmentId);
    while ((await leftOf(environmentId)) > 0) await delay(20);

    const verification = await startVerifySweep(system.client, settings(), { all: true, repair: true });
    const { repairedCount, attention } = await verification.result();
    assert.equal(repairedCount, 7);
    assert.deepEqual(
      attention.map((found) => found.environmentId),
      [drift.unseeded],
    );
    const rebuild = await startRebuild(system.client, settings(), { environmentId: drift.healthy[0]! });
    assert.equal((await rebuild.result()).outcome, 'written');
    const rebuilds = await startRebuildSweep(system.client, settings(), { all: true });
    assert.equal((await rebuilds.result()).state, 'done');

    assert.deepEqual(proxy.refused, []);
    assert.deepEqual([...proxy.used].sort(), accessesOf(granted).map(textOf).sort());
    await system.syncOf(environmentId).terminate();
  });

  for (const [action, fail] of [
    ['dynamodb:PutItem', () => changedEnvironment()],
    [
      'dynamodb:BatchWriteItem',
      async () => {
        const { environmentId, apiKey } = await changedEnvironment();
        await untilWritten(environmentId);
        await putIdentity(environmentId, apiKey);
        await softDelete(environmentId);
        return { environmentId };
      },
    ],
  ] as const)
    it(`is stuck without ${action}, says what it may not, and goes on by itself once it may`, async () => {
      proxy.policy = withoutAction(granted, action);
      const { environmentId } = await fail();
      const deps = { ...settings(), client: system.client, webUiUrl: '', db: system.database.db };
      const reasonOf = async () => {
        const { stuck } = await stuckSyncs({ ...deps, dynamo: system.dynamo, tables: system.tables });
        return stuck.find((one) => one.environmentId === environmentId)?.reason;
      };
      let reason: string | undefined;
      while (reason === undefined) reason = await reasonOf();
      const saysIt = new RegExp(`not authorized to perform: ${action} on resource: arn:aws:dynamodb:`);
      assert.match(reason, saysIt);
      proxy.policy = granted;
      if (action === 'dynamodb:PutItem') {
        await untilWritten(environmentId);
        const failed = system.logged.find(
          (line) =>
            line['event'] === 'environment_document.write_failed' &&
            line['workflowId'] === system.syncOf(environmentId).workflowId,
        );
        assert.match(String(failed?.['error__message']), saysIt);
      } else while ((await leftOf(environmentId)) > 0) await delay(20);
      await system
        .syncOf(environmentId)
        .terminate()
        .catch(() => undefined); // Ended, or waiting for its second deletion.
    });

  it('is not ready without dynamodb:DescribeTable, and names the table', async () => {
    proxy.policy = withoutAction(granted, 'dynamodb:DescribeTable');
    const refused = await readiness();
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /^ENVIRONMENTS_TABLE_NAME_DYNAMO is .* not authorized to perform/);
    proxy.policy = granted;
    while ((await readiness()).status !== 200) await delay(50);
  });
});
