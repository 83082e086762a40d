import assert from 'node:assert/strict';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { verifyOrphanSegment } from '../../src/sweeps/verifyOrphanSegment.js';
import { orphanSegments } from '../../src/verify/verifyOrphans.js';
import { scanOrphans } from '../../src/verify/scanOrphans.js';
import type { OrphanSegmentResult } from '../../src/workflows/verifyContract.js';
import { useSystem } from '../support/system.js';
import { mockActivity, type StoredItem, storedItems } from '../support/writer.js';
import {
  allItems,
  changedKeys,
  driftCounts,
  put,
  type QuietEnvironments,
  quietEnvironments,
  settle,
  without,
} from './environments.js';

const SEGMENTS = 3;
/** An id that this database never gave to an environment. */
const UNKNOWN = 900_000_000;

describe('verifyOrphans', () => {
  const system = useSystem();
  let quiet: QuietEnvironments;
  let environmentId: number;
  let items: { v1: StoredItem; v2: StoredItem };

  beforeEach(async () => {
    quiet = await quietEnvironments(system, 4);
    environmentId = quiet.environmentIds[1]!;
    const { v1, v2 } = await storedItems(system, environmentId);
    items = { v1: v1!, v2: v2! };
  });

  const signal = () => AbortSignal.timeout(20_000);
  /** All segments of both tables. */
  const sweep = async (repair: boolean) => {
    const found: unknown[] = [];
    let [scannedCount, othersCount, readUnits] = [0, 0, 0];
    for (const table of ['v1', 'v2'] as const)
      for (let index = 0; index < SEGMENTS; index++) {
        const input = { table, segment: { index, of: SEGMENTS }, repair };
        const result = await mockActivity().run((): Promise<OrphanSegmentResult> =>
          verifyOrphanSegment(quiet.deps, input),
        );
        found.push(...result.attention, ...result.repaired);
        if (result.outcomes.on_its_way) found.push('on its way');
        readUnits += result.readUnits;
        scannedCount += result.scannedCount;
        othersCount += result.othersCount;
      }
    return { found, scannedCount, othersCount, readUnits };
  };
  const orphaned = (id: number, repaired: boolean) => ({
    environmentId: id,
    outcome: 'drifted',
    drift: ['orphaned'],
    repaired,
  });
  const remove = async (id: number) => {
    const { sql } = system.database;
    await sql`DELETE FROM features_featurestatevalue WHERE feature_state_id IN (
      SELECT id FROM features_featurestate WHERE environment_id = ${id})`;
    await sql`DELETE FROM features_featurestate WHERE environment_id = ${id}`;
    await sql`DELETE FROM environments_environment WHERE id = ${id}`;
  };
  const emptyTables = async () => {
    quiet.running.clear();
    for (const id of quiet.environmentIds) await remove(id);
    await settle(system);
    await sweep(true);
  };
  afterEach(emptyTables);

  it('looks at each item of both tables once, and finds nothing where all environments are there', async () => {
    const before = await allItems(system);
    const { readUnits, ...result } = await sweep(true);
    assert.deepEqual(result, { found: [], scannedCount: 8, othersCount: 0 });
    assert.ok(readUnits > 0);
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
  });

  it('tells of a deleted environment once, and deletes its items alone', async () => {
    await system.database
      .sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    await settle(system);
    const before = await allItems(system);
    assert.deepEqual((await sweep(false)).found, [orphaned(environmentId, false)]);
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
    assert.deepEqual(await driftCounts(quiet.deps), { orphaned: 1 });
    assert.deepEqual((await sweep(true)).found, [orphaned(environmentId, true)]);
    assert.equal(changedKeys(before, await allItems(system)).length, 2);
    assert.deepEqual((await sweep(true)).found, []);
  });

  it('deletes the items of an environment that PostgreSQL has no trace of any more, as they were written from here', async () => {
    await remove(environmentId);
    await system.database.sql`DELETE FROM document_sync.retired_key`;
    await settle(system);
    const before = await allItems(system);
    assert.deepEqual((await sweep(true)).found, [orphaned(environmentId, true)]);
    assert.equal(changedKeys(before, await allItems(system)).length, 2);
  });

  it('deletes an item put again under a key that was forgotten long ago', async () => {
    const { sql } = system.database;
    await sql`UPDATE environments_environment SET api_key = ${crypto.randomUUID()} WHERE id = ${environmentId}`;
    await sql`DELETE FROM document_sync.retired_key`;
    await quiet.writer.write({ environmentId });
    await settle(system);
    const before = await allItems(system);
    assert.deepEqual((await sweep(true)).found, [orphaned(environmentId, true)]);
    assert.equal(changedKeys(before, await allItems(system)).length, 1);
  });

  it('deletes what Flagsmith put for an environment after its deletion', async () => {
    await system.database
      .sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    await settle(system);
    await put(system, 'v1', without('document_sync')(items.v1)!);
    await put(system, 'v2', without('document_sync')(items.v2)!);
    assert.deepEqual((await sweep(true)).found, [orphaned(environmentId, true)]);
    assert.deepEqual(await storedItems(system, environmentId), { v1: undefined, v2: undefined });
  });

  it('only counts items of another installation', async () => {
    const others = {
      unstamped: { ...without('document_sync')(items.v1)!, api_key: { S: 'a' }, id: { N: String(UNKNOWN) } },
      // Its id is one of ours by chance.
      sameId: { ...without('document_sync')(items.v1)!, api_key: { S: 'b' } },
      otherSource: {
        ...items.v1,
        api_key: { S: 'c' },
        id: { N: '7000000000' },
        document_sync: { M: { ...items.v1['document_sync']!.M!, source: { S: '1' } } },
      },
      noId: { api_key: { S: 'd' } },
    };
    for (const item of Object.values(others)) await put(system, 'v1', item);
    const before = await allItems(system);
    const { found, othersCount } = await sweep(true);
    assert.deepEqual([found, othersCount], [[], 4]);
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
  });

  it('leaves to its sync what is being deleted right now', async () => {
    await system.database
      .sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    await settle(system);
    quiet.running.add(environmentId);
    assert.deepEqual([...new Set((await sweep(true)).found)], ['on its way']);
    assert.ok((await storedItems(system, environmentId)).v1);
  });

  it('can be asked for a few items at a time', async () => {
    await remove(environmentId);
    await settle(system);
    let [pages, orphans] = [0, 0];
    let startKey: StoredItem | undefined;
    do {
      const page = await scanOrphans(quiet.deps, { table: 'v1', limit: 2, startKey }, signal());
      startKey = page.next;
      orphans += page.orphans.length;
      pages++;
    } while (startKey);
    assert.ok(pages > 1);
    assert.equal(orphans, 1);
  });

  it('takes as many segments as give each about the items asked for', async () => {
    // What DynamoDB itself counts is hours old.
    const send = () => Promise.resolve({ Table: { ItemCount: 1_001 } });
    const dynamo = { send } as unknown as DynamoDBClient;
    assert.equal(await orphanSegments({ ...quiet.deps, dynamo }, 'v1', 500, signal()), 3);
    const none = { ...quiet.deps, dynamo, tables: { v1: 'only', v2: undefined } };
    assert.equal(await orphanSegments(none, 'v2', 500, signal()), 0);
  });
});
