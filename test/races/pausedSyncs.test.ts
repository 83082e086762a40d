import assert from 'node:assert/strict';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import { syncStatus, syncWorkflowId } from '../../src/workflows/contract.js';
import type { environmentDocumentSync } from '../../src/workflows/index.js';
import { silently } from '../support/database.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { timerDelaysMs } from '../support/sync.js';
import { useSystem } from '../support/system.js';
import { createWriter, storedItems } from '../support/writer.js';
import { untilTrue } from '../workflows/scripted.js';

describe('a pause of syncs, with the whole system running', () => {
  const system = useSystem();
  let projectId: number;
  let environmentId: number;

  beforeEach(async () => {
    projectId = await insertProject(system.database.sql);
    // The relays that run by then hear of no environment but from its test.
    environmentId = await silently(system.database, (sql) => insertEnvironment(sql, projectId));
    await createWriter(system).write({ environmentId });
  });
  afterEach(() => system.database.sql`DELETE FROM document_sync.paused_sync`);

  const nameIn = async (id: number) => (await storedItems(system, id)).v1?.['name']?.S;
  const rename = async (id: number, name: string, project = projectId) => {
    await system.database.sql`UPDATE environments_environment SET name = ${name} WHERE id = ${id}`;
    await insertAuditLog(system.database.sql, { projectId: project, environmentId: id });
  };
  const rowsOf = async (id: number) =>
    (
      await system.database
        .sql`SELECT FROM document_sync.outbox WHERE environment_id = ${id} AND due_at <= now()`
    ).length;
  /** Something that came later has gone all the way, so what came before has had its turn. */
  async function untilAnotherIsThrough(): Promise<void> {
    const otherProject = await insertProject(system.database.sql);
    const other = await insertEnvironment(system.database.sql, otherProject, { name: 'other' });
    await insertAuditLog(system.database.sql, { projectId: otherProject, environmentId: other });
    await untilTrue(async () => (await nameIn(other)) === 'other');
  }

  it('keeps every change of the project until its end, and of no other; then all arrive, over a restart of the worker', async () => {
    const worker = await system.startWorker();
    const second = await insertEnvironment(system.database.sql, projectId);
    await insertAuditLog(system.database.sql, { projectId });
    await untilTrue(async () => (await nameIn(second)) !== undefined);
    await untilTrue(async () => (await rowsOf(second)) + (await rowsOf(environmentId)) === 0);

    const before = await nameIn(environmentId);
    await pauseSyncs(system.database, { projectId });
    for (const name of ['first', 'last']) await rename(environmentId, name);
    await rename(second, 'of the second');
    await untilAnotherIsThrough();
    worker.stop();
    await worker.finished;
    await system.startWorker();
    await untilAnotherIsThrough();
    assert.equal(await nameIn(environmentId), before);
    assert.ok((await rowsOf(environmentId)) >= 1);

    await resumeSyncs(system.database, { projectId });
    await untilTrue(async () => (await nameIn(environmentId)) === 'last');
    await untilTrue(async () => (await nameIn(second)) === 'of the second');
  });

  it('keeps a sync that waits for a scheduled change from writing it, until it is over', async () => {
    await system.startWorker();
    await silently(system.database, async (sql) => {
      const featureId = await insertFeature(sql, projectId, 'banner');
      await insertFeatureState(sql, environmentId, featureId, 'now');
      const then = await insertFeatureState(sql, environmentId, featureId, 'then');
      await sql`
        UPDATE features_featurestate SET version = 2, live_from = clock_timestamp() + interval '5 s' WHERE id = ${then}`;
    });
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilTrue(async () => {
      const state = await system
        .syncOf(environmentId)
        .query(syncStatus)
        .catch(() => undefined);
      return state?.state === 'waiting for a scheduled change';
    });
    const { v1: before } = await storedItems(system, environmentId);
    await untilTrue(async () => (await rowsOf(environmentId)) === 0);
    const { since } = (await pauseSyncs(system.database)).pause;

    const outcome = await system.syncOf(environmentId).result();
    assert.deepEqual(outcome, { outcome: 'paused', seeding: false, pause: { projectId: null, since } });
    assert.deepEqual((await storedItems(system, environmentId)).v1, before);
    assert.ok((await rowsOf(environmentId)) >= 1);

    await resumeSyncs(system.database);
    await untilTrue(async () => {
      const { v1 } = await storedItems(system, environmentId);
      return v1?.['document_sync']?.M?.['hash']?.S !== before?.['document_sync']?.M?.['hash']?.S;
    });
  });

  it('keeps the second deletion from taking what was put meanwhile, until it is over', async () => {
    await system.startWorker();
    const { sql } = system.database;
    await sql.begin(async (tx) => {
      await tx`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
      // A relay that hears of it would end the wait for the second deletion.
      await tx`DELETE FROM document_sync.outbox WHERE environment_id = ${environmentId}`;
    });
    const sync = await system.client.workflow.start<typeof environmentDocumentSync>(
      'environmentDocumentSync',
      {
        workflowId: syncWorkflowId(system.database.name, environmentId),
        taskQueue: system.taskQueue,
        args: [{ environmentId, deleteAgainAfterMs: 4_000 }],
        workflowIdConflictPolicy: 'TERMINATE_EXISTING',
      },
    );
    await untilTrue(async () => timerDelaysMs(await sync.fetchHistory()).length === 1);
    await pauseSyncs(system.database, { projectId });
    const [environment] = await sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE id = ${environmentId}`;
    await system.dynamo.send(
      new PutItemCommand({
        TableName: system.tables.v1,
        Item: { api_key: { S: environment!.api_key }, id: { N: String(environmentId) } },
      }),
    );
    assert.equal((await sync.result()).outcome, 'paused');
    assert.ok((await storedItems(system, environmentId)).v1);
    assert.ok((await rowsOf(environmentId)) >= 1);

    await resumeSyncs(system.database, { projectId });
    await untilTrue(async () => (await storedItems(system, environmentId)).v1 === undefined);
    await system.syncOf(environmentId).terminate();
  });
});
