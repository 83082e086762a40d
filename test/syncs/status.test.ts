import assert from 'node:assert/strict';
import { environmentStatus } from '../../src/syncs/environmentStatus.js';
import { syncsStatus } from '../../src/syncs/syncsStatus.js';
import { type SyncInput, syncStatus, syncWorkflowId } from '../../src/workflows/contract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { untilTrue } from '../workflows/scripted.js';

describe('the status of syncs', () => {
  const system = useSystem();
  const access = () => ({
    client: system.client,
    instanceName: system.database.name,
    webUiUrl: 'https://temporal.example.com',
    db: system.database.db,
  });
  let projectId: number;

  before(async () => {
    projectId = await insertProject(system.database.sql);
    await system.database.sql`DELETE FROM document_sync.outbox`;
    await system.startWorker();
  });

  /** An environment that the outbox does not tell the relay of: its syncs are those that the test starts. */
  const insertUnannounced = (columns: { is_creating?: boolean } = {}) =>
    system.database.sql.begin(async (tx) => {
      const environmentId = await insertEnvironment(tx, projectId, columns);
      await tx`DELETE FROM document_sync.outbox WHERE environment_id = ${environmentId}`;
      return environmentId;
    });

  /** Without any search attribute. */
  const start = (environmentId: number, input: Partial<SyncInput> = {}) =>
    system.client.workflow.start('environmentDocumentSync', {
      workflowId: syncWorkflowId(system.database.name, environmentId),
      taskQueue: system.taskQueue,
      args: [{ environmentId, ...input }],
    });

  it('is empty where there never was a sync', async () => {
    const { sync, last } = await environmentStatus(access(), 999_999);
    assert.deepEqual([sync.run, sync.since, sync.isStuck, last], ['none', null, false, null]);
  });

  it('tells what a completed sync came to', async () => {
    const environmentId = await insertUnannounced();
    await (await start(environmentId)).result();
    const { sync, last } = await environmentStatus(access(), environmentId);
    assert.deepEqual([sync.run, sync.isStuck], ['completed', false]);
    assert.ok(last && 'outcome' in last);
    assert.equal(last.outcome, 'written');
    assert.ok((last.documentBytes ?? 0) > 0);
  });

  it('tells what a running sync waits for and how the one before it ended, and counts both', async () => {
    const environmentId = await insertUnannounced({ is_creating: true });
    const polls = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
    const failed = await start(environmentId, { seedingPolls: { ...polls, maxAttempts: 1 } });
    await assert.rejects(failed.result());
    const running = await start(environmentId, { seedingPolls: { ...polls, maxAttempts: 3 } });
    await untilTrue(async () => (await running.query(syncStatus)).state === 'waiting for seeding');
    // The list of workflows may be a second behind.
    await untilTrue(async () => 'failure' in ((await environmentStatus(access(), environmentId)).last ?? {}));
    await untilTrue(async () => Object.keys((await syncsStatus(access())).running).length > 0);

    const { sync, last } = await environmentStatus(access(), environmentId);
    assert.deepEqual([sync.run, sync.state, sync.attempt], ['running', 'waiting for seeding', 1]);
    assert.deepEqual(sync.reasons, ['the environment is being seeded (is_creating is up)']);
    assert.match((last as { failure: string }).failure, /^SeedingTimedOut: /);

    const status = await syncsStatus(access());
    assert.deepEqual(status.running, { 'waiting for seeding': 1 });
    assert.equal(status.failedInLastDay, 1);
    await running.terminate();
  });
});
