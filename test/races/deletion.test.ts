import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { WorkflowHandle } from '@temporalio/client';
import { syncStatus, syncWorkflowId } from '../../src/workflows/contract.js';
import type { environmentDocumentSync } from '../../src/workflows/index.js';
import { silently } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { timerDelaysMs } from '../support/sync.js';
import { useSystem } from '../support/system.js';
import { createWriter, storedItems, withPuts } from '../support/writer.js';

const GONE = { v1: undefined, v2: undefined };

describe('a deletion, with the whole system running', () => {
  const system = useSystem();
  let projectId: number;
  let environmentId: number;

  beforeEach(async () => {
    projectId = await insertProject(system.database.sql);
    environmentId = await silently(system.database, (sql) => insertEnvironment(sql, projectId));
    await createWriter(system).write({ environmentId });
  });

  const set = (columns: Record<string, string | Date | null>) =>
    system.database.sql`
      UPDATE environments_environment SET ${system.database.sql(columns)} WHERE id = ${environmentId}`;
  /** No relay hears of it: a sync of its own would write and delete beside the one that the test starts. */
  const setUnannounced = (columns: Parameters<typeof set>[0]) =>
    system.database.sql.begin(async (tx) => {
      await tx`UPDATE environments_environment SET ${tx(columns)} WHERE id = ${environmentId}`;
      await tx`DELETE FROM document_sync.outbox WHERE environment_id = ${environmentId}`;
    });
  const stored = () => storedItems(system, environmentId);
  const startSync = (deleteAgainAfterMs: number) =>
    system.client.workflow.start<typeof environmentDocumentSync>('environmentDocumentSync', {
      workflowId: syncWorkflowId(system.database.name, environmentId),
      taskQueue: system.taskQueue,
      args: [{ environmentId, deleteAgainAfterMs }],
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
  async function untilTimer(sync: WorkflowHandle): Promise<void> {
    while (timerDelaysMs(await sync.fetchHistory()).length === 0) await delay(20);
  }
  async function untilStored(check: (items: Awaited<ReturnType<typeof stored>>) => boolean): Promise<void> {
    while (!check(await stored())) await delay(20);
  }

  /** A write that has read the environment, and puts its items when it is let. */
  async function heldWrite() {
    const gate = heldPromise();
    const read = heldPromise();
    const writer = createWriter(system, {
      dynamo: withPuts(system.dynamo, async () => {
        read.let();
        await gate.isLet;
      }),
    });
    const written = writer.write({ environmentId });
    await read.isLet;
    return async () => {
      gate.let();
      assert.equal((await written).outcome, 'written');
    };
  }

  describe('and a worker', () => {
    before(() => system.startWorker());

    it('leaves no item at the end, though a write that had read before it puts after it', async () => {
      const put = await heldWrite();
      await setUnannounced({ deleted_at: new Date() });
      const sync = await startSync(4_000);
      await untilTimer(sync);
      assert.deepEqual(await stored(), GONE);
      await put();
      const resurrected = await stored();
      assert.ok(resurrected.v1 && resurrected.v2);
      assert.equal((await sync.result()).outcome, 'deleted');
      assert.deepEqual(await stored(), GONE);
      const keys = await system.database.sql`SELECT FROM document_sync.retired_key`;
      assert.equal(keys.length, 0);
    });

    it('follows the change, and a restoration before its second part brings the document back', async () => {
      await set({ deleted_at: new Date() });
      await insertAuditLog(system.database.sql, { projectId, environmentId });
      await untilStored(({ v1, v2 }) => !v1 && !v2);
      const sync = system.syncOf(environmentId);
      while ((await sync.query(syncStatus)).state !== 'deleting') await delay(20);
      await set({ deleted_at: null });
      await insertAuditLog(system.database.sql, { projectId, environmentId });
      await untilStored(({ v1, v2 }) => v1 !== undefined && v2 !== undefined);
      await sync.result();
    });

    it('of old keys leaves the item of the last one alone, which was in use before', async () => {
      const keyed = (apiKey: string) => `${apiKey} of ${environmentId}`;
      for (const apiKey of ['a', 'b', 'a', 'c', 'b']) {
        await setUnannounced({ api_key: keyed(apiKey) });
        assert.equal((await createWriter(system).write({ environmentId })).outcome, 'written');
      }
      await (await startSync(100)).result();
      const { Items: items = [] } = await system.dynamo.send(
        new ScanCommand({ TableName: system.tables.v1, ConsistentRead: true }),
      );
      const keys = items
        .filter((item) => item['id']?.N === String(environmentId))
        .map((item) => item['api_key']?.S);
      assert.deepEqual(keys, [keyed('b')]);
    });
  });
});

describe('a deletion whose worker is killed between its two parts', () => {
  const system = useSystem();

  it('is finished by the next worker', async () => {
    const { sql } = system.database;
    const environmentId = await insertEnvironment(sql, await insertProject(sql));
    const writer = createWriter(system);
    await writer.write({ environmentId });
    const { v1: item } = await storedItems(system, environmentId);
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    await sql`DELETE FROM document_sync.outbox`;

    const worker = await system.spawnWorker();
    const sync = await system.client.workflow.start<typeof environmentDocumentSync>(
      'environmentDocumentSync',
      {
        workflowId: syncWorkflowId(system.database.name, environmentId),
        taskQueue: system.taskQueue,
        args: [{ environmentId, deleteAgainAfterMs: 8_000 }],
      },
    );
    while (timerDelaysMs(await sync.fetchHistory()).length === 0) await delay(20);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    assert.deepEqual(await storedItems(system, environmentId), GONE);
    await system.dynamo.send(new PutItemCommand({ TableName: system.tables.v1, Item: item }));

    await system.spawnWorker();
    assert.deepEqual(await sync.result(), { outcome: 'deleted', seeding: false, itemsDeletedCount: 3 });
    assert.deepEqual(await storedItems(system, environmentId), GONE);
  });
});

function heldPromise() {
  let resolved: () => void = () => undefined;
  const isLet = new Promise<void>((resolve) => (resolved = resolve));
  return {
    isLet,
    let: () => {
      resolved();
    },
  };
}
