import assert from 'node:assert/strict';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { deleteDocument } from '../../src/activities/deleteDocument.js';
import { currentOrder } from '../../src/db/snapshot.js';
import { acceptSource } from '../../src/db/sources.js';
import type { DocumentTables } from '../../src/dynamo/documentStore.js';
import type { Deletion } from '../../src/workflows/contract.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { damagedStamps } from '../support/damagedStamps.js';
import { useSystem } from '../support/system.js';
import {
  createWriter,
  mockActivity,
  type StoredItem,
  storedItems,
  withPuts,
  withSends,
  type Writer,
} from '../support/writer.js';

const OVERRIDES = 260;
const AGAIN_AFTER_MS = 60_000;

describe('deleteDocument', () => {
  const system = useSystem();
  let projectId: number;
  let environmentId: number;
  let writer: Writer;

  beforeEach(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    const featureId = await insertFeature(sql, projectId, 'banner');
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, featureId, 'first');
    writer = createWriter(system);
    await writer.write({ environmentId });
  });

  const setEnvironment = (columns: Record<string, string | Date | null>, id = environmentId) =>
    system.database.sql`UPDATE environments_environment SET ${system.database.sql(columns)} WHERE id = ${id}`;
  const softDelete = () => setEnvironment({ deleted_at: new Date() });
  const remove = (againAfterMs = AGAIN_AFTER_MS, deps = writer.deps): Promise<Deletion> =>
    mockActivity().run(() => deleteDocument(deps, { environmentId, againAfterMs }));
  const stored = () => storedItems(system, environmentId);
  const put = (table: string, item: StoredItem) =>
    system.dynamo.send(new PutItemCommand({ TableName: table, Item: item }));
  const keyOf = async (id = environmentId): Promise<string> => {
    const [row] = await system.database.sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE id = ${id}`;
    return row!.api_key;
  };
  const retiredCount = async () =>
    (await system.database.sql`SELECT FROM document_sync.retired_key WHERE environment_id = ${environmentId}`)
      .length;
  const deletes = async () => {
    const { values } = await writer.deps.metrics.flagsmith_environment_document_deletes_total.get();
    return Object.fromEntries<number>(values.map(({ labels, value }) => [String(labels.result), value]));
  };

  async function putOverrides(count: number, id: number): Promise<void> {
    for (let number = 0; number < count; number++) {
      await put(system.tables.v2, {
        environment_id: { S: String(id) },
        document_key: { S: `identity_override:1:${crypto.randomUUID()}` },
      });
    }
  }
  async function partitionCount(id: number): Promise<number> {
    const { Count: count = 0 } = await system.dynamo.send(
      new QueryCommand({
        TableName: system.tables.v2,
        KeyConditionExpression: 'environment_id = :id',
        ExpressionAttributeValues: { ':id': { S: String(id) } },
        ConsistentRead: true,
      }),
    );
    return count;
  }

  it('deletes both items of a deleted environment, says how many, and asks to be called once more', async () => {
    await softDelete();
    const { againInMs, ...deletion } = await remove();
    assert.deepEqual(deletion, { outcome: 'deleted', isLive: false, itemsCount: 2, refusedCount: 0 });
    assert.ok(againInMs! > AGAIN_AFTER_MS - 5_000 && againInMs! <= AGAIN_AFTER_MS, `${againInMs} ms`);
    assert.deepEqual(await stored(), { v1: undefined, v2: undefined });
    assert.deepEqual(await deletes(), { success: 1, refused: 0, failure: 0 });
    assert.deepEqual(writer.events.at(-1), {
      level: 'info',
      event: 'environment_document.deleted',
      fields: { environment__id: environmentId, items__count: 2 },
    });
  });

  it('can be repeated, and forgets the key at the last time only', async () => {
    await softDelete();
    await remove();
    assert.deepEqual((await remove()).itemsCount, 0);
    assert.equal(await retiredCount(), 1);
    assert.equal(writer.events.filter(({ event }) => event === 'environment_document.deleted').length, 1);
    assert.deepEqual(await remove(0), { outcome: 'deleted', isLive: false, itemsCount: 0, refusedCount: 0 });
    assert.equal(await retiredCount(), 0);
  });

  it('is asked to be called once more too for an environment deleted before keys were remembered', async () => {
    await softDelete();
    await system.database.sql`DELETE FROM document_sync.retired_key`;
    const deletion = await remove();
    assert.equal(deletion.itemsCount, 2);
    assert.ok(deletion.againInMs);
  });

  it('deletes both items of an environment whose row is gone', async () => {
    const apiKey = await keyOf();
    const { sql } = system.database;
    await sql`DELETE FROM features_featurestatevalue WHERE feature_state_id IN (
      SELECT id FROM features_featurestate WHERE environment_id = ${environmentId})`;
    await sql`DELETE FROM features_featurestate WHERE environment_id = ${environmentId}`;
    await sql`DELETE FROM environments_environment WHERE id = ${environmentId}`;
    assert.equal((await remove()).itemsCount, 2);
    await insertEnvironment(sql, projectId, { api_key: apiKey });
  });

  it('undoes a put that came after the first deletion at the second one', async () => {
    let deletion: Promise<void> | undefined;
    const late = createWriter(system, { dynamo: withPuts(system.dynamo, () => (deletion ??= removeAll())) });
    async function removeAll(): Promise<void> {
      await softDelete();
      await remove();
      assert.deepEqual(await stored(), { v1: undefined, v2: undefined });
    }
    assert.equal((await late.write({ environmentId })).outcome, 'written');
    const resurrected = await stored();
    assert.ok(resurrected.v1 && resurrected.v2);
    assert.equal((await remove(0)).itemsCount, 2);
    assert.deepEqual(await stored(), { v1: undefined, v2: undefined });
  });

  it('deletes all identity overrides of the partition, over several pages, and nothing of another one', async () => {
    const another = await insertEnvironment(system.database.sql, projectId);
    await putOverrides(OVERRIDES, environmentId);
    await putOverrides(3, another);
    await softDelete();
    assert.equal((await remove()).itemsCount, OVERRIDES + 2);
    assert.equal(await partitionCount(environmentId), 0);
    assert.equal(await partitionCount(another), 3);
  });

  it('deletes again what DynamoDB left unprocessed', async () => {
    await putOverrides(60, environmentId);
    await softDelete();
    let batches = 0;
    const busy = withSends(system.dynamo, async (command, send) => {
      if (!(command instanceof BatchWriteItemCommand) || ++batches > 2) return await send(command);
      const requests = Object.entries(command.input.RequestItems ?? {});
      const half = (from: number, to?: number) =>
        Object.fromEntries(requests.map(([table, items]) => [table, items.slice(from, to)]));
      await send(new BatchWriteItemCommand({ RequestItems: half(0, 10) }));
      return { UnprocessedItems: half(10) };
    });
    await remove(AGAIN_AFTER_MS, { ...writer.deps, dynamo: busy });
    assert.equal(await partitionCount(environmentId), 0);
    assert.equal(batches, 5); // 25, of which 15 and 5 are left, then 25 and 10
  });

  it('stops in the middle of a partition when the environment is restored', async () => {
    await putOverrides(OVERRIDES, environmentId);
    await softDelete();
    let batches = 0;
    const watched = withSends(system.dynamo, async (command, send) => {
      if (command instanceof BatchWriteItemCommand && ++batches === 1)
        await setEnvironment({ deleted_at: null });
      return await send(command);
    });
    await remove(AGAIN_AFTER_MS, { ...writer.deps, dynamo: watched });
    assert.ok((await partitionCount(environmentId)) >= OVERRIDES - 100);
  });

  it('touches nothing of an environment that is not deleted, or was restored', async () => {
    assert.deepEqual(await remove(), { outcome: 'deleted', isLive: true, itemsCount: 0, refusedCount: 0 });
    await softDelete();
    await setEnvironment({ deleted_at: null });
    assert.deepEqual(await remove(), { outcome: 'deleted', isLive: true, itemsCount: 0, refusedCount: 0 });
    const { v1, v2 } = await stored();
    assert.ok(v1 && v2);
    assert.equal(await retiredCount(), 0);
  });

  it('does not delete what is written after it looked', async () => {
    await softDelete();
    let restoration: Promise<void> | undefined;
    const slow = withSends(system.dynamo, async (command, send) => {
      if (command instanceof DeleteItemCommand) await (restoration ??= restore());
      return await send(command);
    });
    async function restore(): Promise<void> {
      await setEnvironment({ deleted_at: null });
      await writer.write({ environmentId });
    }
    const { itemsCount, refusedCount } = await remove(AGAIN_AFTER_MS, { ...writer.deps, dynamo: slow });
    assert.deepEqual({ itemsCount, refusedCount }, { itemsCount: 0, refusedCount: 2 });
    const { v1, v2 } = await stored();
    assert.ok(v1 && v2);
    assert.deepEqual(await deletes(), { success: 0, refused: 1, failure: 0 });
  });

  it('leaves the v2 item of another database alone too, when it deletes the rest of the partition', async () => {
    const { v2 } = await stored();
    const sync = { source: { S: '1' }, order: { S: '0' } };
    await put(system.tables.v2, { ...v2, document_sync: { M: sync } });
    await putOverrides(3, environmentId);
    await softDelete();
    await assert.rejects(remove(), { type: 'OtherSource', nonRetryable: true });
    assert.equal(await partitionCount(environmentId), 1);
    assert.deepEqual(await deletes(), { success: 0, refused: 0, failure: 1 });
  });

  it('deletes items from before the database was moved', async () => {
    const { v1 } = await stored();
    await put(system.tables.v1, { ...v1, document_sync: { M: { source: { S: '1' }, order: { S: 'F' } } } });
    await acceptSource(system.database.db, '1');
    await softDelete();
    assert.equal((await remove()).itemsCount, 2);
    await system.database.sql`DELETE FROM document_sync.accepted_source WHERE source = '1'`;
  });

  for (const [damage, stamp] of damagedStamps)
    it(`deletes items of which document_sync ${damage}`, async () => {
      const { v1, v2 } = await stored();
      await put(system.tables.v1, { ...v1, document_sync: stamp });
      await put(system.tables.v2, { ...v2, document_sync: stamp });
      await softDelete();
      assert.equal((await remove()).itemsCount, 2);
    });

  describe('after a change of the key', () => {
    let oldKey: string;
    beforeEach(async () => {
      oldKey = await keyOf();
      await setEnvironment({ api_key: `new ${environmentId}` });
    });
    const under = async (apiKey: string) => {
      const { TableName, Key } = { TableName: system.tables.v1, Key: { api_key: { S: apiKey } } };
      return (await system.dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
    };

    it('is asked for by the write of the new one, and deletes the old item only', async () => {
      const outcome = await writer.write({ environmentId });
      assert.ok(outcome.outcome === 'written' && outcome.retiredKeys === true);
      assert.equal((await remove()).itemsCount, 1);
      assert.equal(await under(oldKey), undefined);
      const { v1, v2 } = await stored();
      assert.ok(v1 && v2);
      await remove(0);
      assert.ok(!('retiredKeys' in (await writer.write({ environmentId }))));
    });

    it('and back does not delete the item of the key that is in use again', async () => {
      await writer.write({ environmentId });
      await setEnvironment({ api_key: oldKey });
      await writer.write({ environmentId });
      assert.equal((await remove()).itemsCount, 1);
      assert.ok(await under(oldKey));
      assert.equal(await under(`new ${environmentId}`), undefined);
    });

    it('touches no item of the environment that has the old key now', async () => {
      const another = await insertEnvironment(system.database.sql, projectId, { api_key: oldKey });
      await writer.write({ environmentId: another });
      assert.equal((await remove()).itemsCount, 0);
      assert.equal((await under(oldKey))?.['id']?.N, String(another));
    });

    it('deletes the old item also where the environment that has the old key now is not written yet', async () => {
      await insertEnvironment(system.database.sql, projectId, { api_key: oldKey });
      assert.equal((await remove()).itemsCount, 1);
      assert.equal(await under(oldKey), undefined);
      assert.equal(await retiredCount(), 1);
      await remove(0);
      assert.equal(await retiredCount(), 0);
    });

    it('touches no item of another environment that stands under the old key, whoever has it', async () => {
      await put(system.tables.v1, { api_key: { S: oldKey }, id: { N: '999999' } });
      assert.deepEqual(
        (({ itemsCount, refusedCount }) => [itemsCount, refusedCount])(await remove()),
        [0, 0],
      );
      assert.equal((await under(oldKey))?.['id']?.N, '999999');
    });

    it('deletes an item that Flagsmith wrote under the old key', async () => {
      await put(system.tables.v1, { api_key: { S: oldKey }, id: { N: String(environmentId) } });
      assert.equal((await remove()).itemsCount, 1);
    });

    it('leaves an item of another database alone, fails, and has not forgotten it when that is accepted', async () => {
      const sync = { source: { S: '1' }, order: { S: '0' } };
      const id = { N: String(environmentId) };
      await put(system.tables.v1, { api_key: { S: oldKey }, id, document_sync: { M: sync } });
      for (const againAfterMs of [AGAIN_AFTER_MS, 0, 0])
        await assert.rejects(remove(againAfterMs), { type: 'OtherSource', nonRetryable: true });
      assert.ok(await under(oldKey));

      await acceptSource(system.database.db, '1');
      const outcome = await writer.write({ environmentId });
      assert.ok('retiredKeys' in outcome);
      assert.equal((await remove()).itemsCount, 1);
      assert.equal(await under(oldKey), undefined);
      await system.database.sql`DELETE FROM document_sync.accepted_source WHERE source = '1'`;
    });

    it('leaves an item of a moment that this database has not reached alone, fails, and remembers it', async () => {
      const { source } = await currentOrder(system.database.db);
      const sync = { source: { S: source }, order: { S: 'F' } };
      const id = { N: String(environmentId) };
      await put(system.tables.v1, { api_key: { S: oldKey }, id, document_sync: { M: sync } });
      for (const againAfterMs of [AGAIN_AFTER_MS, 0])
        await assert.rejects(remove(againAfterMs), { type: 'HistoryRewound', nonRetryable: true });
      assert.ok(await under(oldKey));
      assert.ok('retiredKeys' in (await writer.write({ environmentId })));
    });
  });

  describe('where DynamoDB is not used', () => {
    const leavesAlone = async (tables: DocumentTables) => {
      await softDelete();
      const { outcome, itemsCount } = await remove(0, { ...writer.deps, tables });
      assert.deepEqual([outcome, itemsCount], ['not_written', 0]);
      const { v1, v2 } = await stored();
      assert.ok(v1 && v2);
    };

    it('by the project, leaves what is there alone', async () => {
      await system.database.sql`UPDATE projects_project SET enable_dynamo_db = false WHERE id = ${projectId}`;
      await leavesAlone(system.tables);
    });

    it('by the installation, leaves what is there alone', async () => {
      await leavesAlone({ v1: undefined, v2: system.tables.v2 });
    });
  });

  it('tries the partition even if the v1 table fails, fails as a whole, and remembers the key', async () => {
    await softDelete();
    const failing = withSends(system.dynamo, async (command, send) => {
      if (command instanceof DeleteItemCommand && command.input.TableName === system.tables.v1)
        throw new Error('throttled');
      return await send(command);
    });
    await assert.rejects(remove(0, { ...writer.deps, dynamo: failing }), /throttled/);
    const { v1, v2 } = await stored();
    assert.ok(v1);
    assert.equal(v2, undefined);
    assert.deepEqual(await deletes(), { success: 0, refused: 0, failure: 1 });
    assert.equal((await remove(0)).itemsCount, 1);
    assert.equal(await retiredCount(), 1);
  });
});
