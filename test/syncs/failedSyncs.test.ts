import assert from 'node:assert/strict';
import { FailedSyncs, type FailedSyncsDeps } from '../../src/syncs/failedSyncs.js';
import { listSyncs, UNSUCCESSFUL } from '../../src/syncs/listSyncs.js';
import { silently } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter } from '../support/writer.js';
import { untilTrue } from '../workflows/scripted.js';

describe('FailedSyncs', () => {
  const system = useSystem({ SEEDING_INITIAL_DELAY_MS: '50', SEEDING_MAX_ATTEMPTS: '2' });
  let deps: FailedSyncsDeps;
  let failedSyncs: FailedSyncs;
  let projectId: number;
  let environmentId: number;

  before(async () => {
    deps = {
      client: system.client,
      instanceName: system.database.name,
      webUiUrl: '',
      db: system.database.db,
      dynamo: system.dynamo,
      tables: system.tables,
    };
    failedSyncs = new FailedSyncs(deps);
    await system.startWorker();
    projectId = await insertProject(system.database.sql);
    environmentId = await insertUnannounced();
    await changeThat('COMPLETED');
  });

  const environments = async () => (await failedSyncs.look()).environments;

  // No sync hears of any of these: each run is one that `changeThat` has asked for.
  const insertUnannounced = (columns: { is_creating?: boolean } = {}) =>
    silently(system.database, (sql) => insertEnvironment(sql, projectId, columns));
  const setCreating = (isCreating: boolean, ids = [environmentId]) =>
    silently(
      system.database,
      (sql) => sql`UPDATE environments_environment SET is_creating = ${isCreating} WHERE id = ANY (${ids})`,
    );
  const useDynamoDb = (enabled: boolean) =>
    silently(
      system.database,
      (sql) => sql`UPDATE projects_project SET enable_dynamo_db = ${enabled} WHERE id = ${projectId}`,
    );

  const lastRun = () =>
    system
      .syncOf(environmentId)
      .describe()
      .catch(() => undefined);

  async function listedFailures(): Promise<number> {
    let count = 0;
    for await (const { runId } of listSyncs(deps, UNSUCCESSFUL, environmentId)) count += runId ? 1 : 0;
    return count;
  }

  async function changeThat(ends: 'COMPLETED' | 'FAILED'): Promise<void> {
    const before = await lastRun();
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilTrue(async () => {
      const run = await lastRun();
      return run !== undefined && run.runId !== before?.runId && run.status.name === ends;
    });
  }

  it('finds none while all syncs succeed', async () => {
    assert.deepEqual(await failedSyncs.look(), { environments: 0, oldestSeconds: 0 });
  });

  it('finds an environment that timed out, for as long as it is so whatever fails after that', async () => {
    await setCreating(true);
    await changeThat('FAILED');
    await untilTrue(async () => (await environments()) === 1);
    const { oldestSeconds: first } = await failedSyncs.look();
    const firstAt = performance.now();
    await changeThat('FAILED');
    await untilTrue(async () => (await listedFailures()) === 2);
    const passed = (performance.now() - firstAt) / 1_000;
    const { environments: still, oldestSeconds: later } = await failedSyncs.look();
    assert.equal(still, 1, 'one environment, however often it failed');
    assert.ok(later >= first + passed - 0.1, `${later} s, ${passed} s after ${first} s`);
  });

  it('finds it no more once its document was written, by whomever', async () => {
    await setCreating(false);
    assert.equal(await environments(), 1);
    assert.equal((await createWriter(system).write({ environmentId })).outcome, 'written');
    assert.deepEqual(await failedSyncs.look(), { environments: 0, oldestSeconds: 0 });
  });

  it('finds it again once a later sync times out, and counts from that one', async () => {
    await setCreating(true);
    const begun = performance.now();
    await changeThat('FAILED');
    await untilTrue(async () => (await environments()) === 1);
    const { oldestSeconds } = await failedSyncs.look();
    assert.ok(oldestSeconds <= (performance.now() - begun) / 1_000 + 1, `${oldestSeconds} s`);
  });

  it('takes a sync that completed for a success also where it left no document', async () => {
    await setCreating(false);
    await useDynamoDb(false);
    await changeThat('COMPLETED');
    await untilTrue(async () => (await environments()) === 0);
    assert.deepEqual(await new FailedSyncs(deps).look(), { environments: 0, oldestSeconds: 0 });
  });

  it('forgets no success for a failure after it', async () => {
    await useDynamoDb(true);
    await setCreating(true);
    const begun = performance.now();
    await changeThat('FAILED');
    await untilTrue(async () => (await environments()) === 1);
    const { oldestSeconds } = await failedSyncs.look();
    const passed = (performance.now() - begun) / 1_000;
    assert.ok(oldestSeconds <= passed, `${oldestSeconds} s, ${passed} s after the change`);
  });

  it('asks about some at a time, in turn, where many failed', async () => {
    const { sql } = system.database;
    await setCreating(false);
    await changeThat('COMPLETED');
    const ids = [
      await insertUnannounced({ is_creating: true }),
      await insertUnannounced({ is_creating: true }),
    ];
    for (const id of ids) await insertAuditLog(sql, { projectId, environmentId: id });
    const oneAtATime = new FailedSyncs(deps, 1);
    const failed = async () => (await oneAtATime.look()).environments;
    await untilTrue(async () => (await environments()) === 2);
    // The environment of the tests before has failures of its own, which are healed.
    await untilTrue(async () => (await failed()) === 2);

    await setCreating(false, ids);
    const writer = createWriter(system);
    for (const id of ids) assert.equal((await writer.write({ environmentId: id })).outcome, 'written');
    assert.equal(await failed(), 1);
    assert.equal(await failed(), 0);
  });

  it('tells where it cannot know', async () => {
    await setCreating(true);
    await changeThat('FAILED');
    await untilTrue(async () => (await environments()) === 1);
    const tables = { ...system.tables, v1: 'no_such_table' };
    await assert.rejects(new FailedSyncs({ ...deps, tables }).look(), /ResourceNotFound|non-existent/);
  });
});
