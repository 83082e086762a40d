import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import { currentOrder } from '../../src/db/snapshot.js';
import { insertSyncRequest } from '../../src/db/syncRequests.js';
import type { DriftKind } from '../../src/verify/verification.js';
import { insertEnvironment, insertFeature, insertFeatureState } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { type StoredItem, storedItems, withPuts } from '../support/writer.js';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import {
  allItems,
  changedKeys,
  type Change,
  put,
  type QuietEnvironments,
  quietEnvironments,
  settle,
  tamper,
  verify,
  withAttributes,
  without,
} from './environments.js';

/** Unpacks a compressed part, changes it and packs it again. */
const repacked =
  (name: string, change: (part: unknown[]) => unknown): Change =>
  (item) => {
    const part = JSON.parse(gunzipSync(item[name]!.B!).toString()) as unknown[];
    return { ...item, [name]: { B: gzipSync(JSON.stringify(change(part))) } };
  };
const withoutFirstFeature = repacked('feature_states', (states) => states.slice(1));
const stampOf = (item: StoredItem) => item['document_sync']!.M!;

describe('verifyEnvironment', () => {
  const system = useSystem();
  let quiet: QuietEnvironments;
  let environmentId: number;

  beforeEach(async () => {
    quiet = await quietEnvironments(system, 3);
    environmentId = quiet.environmentIds[1]!;
  });

  const find = (id = environmentId) => verify(quiet.deps, id, { repair: false });
  const repair = (id = environmentId) => verify(quiet.deps, id, { repair: true });
  const keysOf = async (): Promise<string[]> => {
    const { v1 } = await storedItems(system, environmentId);
    return [v1?.['api_key']?.S ?? '?', `"${environmentId}"`];
  };

  it('finds nothing where all is as written, in any form, and writes nothing', async () => {
    for (const compression of ['on', 'off', 'auto'] as const) {
      quiet.writer.deps.compression = compression;
      await quiet.writer.write({ environmentId });
      const before = await allItems(system);
      for (const id of quiet.environmentIds)
        assert.deepEqual(await repair(id), {
          environmentId: id,
          outcome: 'current',
          drift: [],
          repaired: false,
        });
      assert.deepEqual(changedKeys(before, await allItems(system)), []);
    }
  });

  const tampered: [string, DriftKind[], Partial<Record<'v1' | 'v2', Change>>][] = [
    ['a deleted item', ['missing'], { v1: () => undefined }],
    ['a deleted item of the second table', ['missing'], { v2: () => undefined }],
    ['an item without one feature', ['partial'], { v1: withoutFirstFeature, v2: withoutFirstFeature }],
    ['another name', ['stale'], { v2: withAttributes({ name: { S: 'Staging' } }) }],
    ['a number as text', ['stale'], { v1: (item) => ({ ...item, id: { S: item['id']!.N! } }) }],
    ['an attribute too many', ['stale'], { v1: withAttributes({ more: { BOOL: true } }) }],
    ['damaged bytes', ['stale'], { v1: withAttributes({ feature_states: { B: Buffer.from('damaged') } }) }],
    [
      'another value in what is compressed',
      ['stale'],
      {
        v2: repacked('feature_states', ([first, ...rest]) => [
          { ...(first as object), enabled: false },
          ...rest,
        ]),
      },
    ],
    ['an item that somebody else wrote', ['foreign'], { v1: without('document_sync') }],
    ['a damaged document_sync', ['foreign'], { v1: withAttributes({ document_sync: { S: 'damaged' } }) }],
    [
      'an order that was lost',
      ['foreign'],
      { v2: (item) => ({ ...item, document_sync: { M: { source: stampOf(item)['source']! } } }) },
    ],
    [
      'several kinds at once',
      ['missing', 'partial', 'foreign'],
      { v1: () => undefined, v2: (item) => without('document_sync')(withoutFirstFeature(item)!) },
    ],
  ];
  for (const [name, kinds, changes] of tampered) {
    it(`finds ${name}, calls it ${kinds.join(', ')}, and mends it alone`, async () => {
      const before = await allItems(system);
      await tamper(system, environmentId, changes);
      const after = await allItems(system);
      const found = await find();
      assert.deepEqual(
        { ...found, altered: undefined },
        {
          environmentId,
          outcome: 'drifted',
          drift: kinds,
          repaired: false,
          altered: undefined,
        },
      );
      assert.deepEqual(changedKeys(after, await allItems(system)), []);

      assert.equal((await repair()).repaired, true);
      assert.deepEqual(await find(), { environmentId, outcome: 'current', drift: [], repaired: false });
      const keys = await keysOf();
      for (const key of changedKeys(before, await allItems(system)))
        assert.ok(
          keys.some((own) => key.includes(own)),
          key,
        );
    });
  }

  it('tells an item that was changed by hand from one that PostgreSQL went past', async () => {
    await tamper(system, environmentId, { v2: withAttributes({ name: { S: 'Staging' } }) });
    assert.equal((await find()).altered, true);
    const [, , another] = quiet.environmentIds;
    await system.database.sql`UPDATE environments_environment SET name = 'Staging' WHERE id = ${another!}`;
    await settle(system);
    const aged = await find(another);
    assert.deepEqual([aged.drift, aged.altered], [['stale'], undefined]);
    assert.equal((await repair(another)).repaired, true);
  });

  it('leaves an item alone that says a moment PostgreSQL has not reached, and reports it', async () => {
    const { order } = await currentOrder(system.database.db);
    const ahead = order.replace(/^\d{8}/, 'FFFFFFFF');
    const changes = {
      v1: (item: StoredItem) => ({
        ...item,
        document_sync: { M: { ...stampOf(item), order: { S: ahead } } },
      }),
    };
    await tamper(system, environmentId, changes);
    const before = await allItems(system);
    const refused = await repair();
    assert.deepEqual([refused.outcome, refused.drift], ['refused', []]);
    assert.match(refused.reason!, /has not reached/);
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
  });

  it('leaves an item of another database alone, and reports it', async () => {
    const changes = {
      v2: (item: StoredItem) => ({
        ...item,
        name: { S: 'x' },
        document_sync: { M: { ...stampOf(item), source: { S: '1' } } },
      }),
    };
    await tamper(system, environmentId, changes);
    const before = await allItems(system);
    const refused = await repair();
    assert.deepEqual([refused.outcome, refused.drift], ['refused', []]);
    assert.match(refused.reason!, /accept-source/);
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
  });

  describe('does not take for drift', () => {
    beforeEach(() => tamper(system, environmentId, { v1: () => undefined }));
    const explained = async (outcome: string, reason: RegExp) => {
      const verification = await repair();
      assert.deepEqual(
        [verification.outcome, verification.drift, verification.repaired],
        [outcome, [], false],
      );
      assert.match(verification.reason!, reason);
      assert.equal((await storedItems(system, environmentId)).v1, undefined);
    };

    it('what a change in the outbox is to write', async () => {
      await insertSyncRequest(system.database.db, environmentId);
      await explained('on_its_way', /outbox/);
    });
    it('what a change of the whole project is to write', async () => {
      await system.database.sql`
        INSERT INTO document_sync.outbox (project_id, source, due_at)
        VALUES (${quiet.projectId}, 'audit_log', now() + interval '2 seconds')`;
      await explained('on_its_way', /outbox/);
    });
    it('what a running sync is to write', async () => {
      quiet.running.add(environmentId);
      await explained('on_its_way', /sync is running/);
    });
    it('what waits for the end of seeding', async () => {
      await system.database
        .sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentId}`;
      await settle(system);
      await explained('held', /is_creating/);
    });
    it('what waits for the end of a pause of syncs', async () => {
      await pauseSyncs(system.database, { projectId: quiet.projectId });
      await explained('held', /^syncs of project \d+ are paused since /);
      await settle(system);
      assert.equal((await find()).outcome, 'held');
      await resumeSyncs(system.database, { projectId: quiet.projectId });
    });
    it('a document that no reader could parse', async () => {
      await system.database.sql`
        DELETE FROM organisations_subscription WHERE organisation_id = (
          SELECT organisation_id FROM projects_project WHERE id = ${quiet.projectId})`;
      await settle(system);
      await explained('refused', /organisations_subscription/);
    });

    it('but finds it once the request in the outbox is for a later day', async () => {
      await insertSyncRequest(system.database.db, environmentId, '2099-01-01T00:00:00.000000');
      assert.deepEqual((await find()).drift, ['missing']);
    });
  });

  it('does not take an item for drift that is written while it is looked at', async () => {
    await system.database
      .sql`UPDATE environments_environment SET name = 'Staging' WHERE id = ${environmentId}`;
    await settle(system);
    // The sync that wrote it has ended by the time that it is asked for.
    const isSyncRunning = async () => {
      await quiet.writer.write({ environmentId });
      return false;
    };
    const verification = await verify({ ...quiet.deps, isSyncRunning }, environmentId, { repair: false });
    assert.equal(verification.outcome, 'current');
  });

  it('leaves the repair to whoever writes meanwhile', async () => {
    await tamper(system, environmentId, { v1: withAttributes({ name: { S: 'x' } }) });
    let isFirst = true;
    const dynamo = withPuts(system.dynamo, async () => {
      if (!isFirst) return;
      isFirst = false;
      await quiet.writer.write({ environmentId });
    });
    assert.equal((await verify({ ...quiet.deps, dynamo }, environmentId, { repair: true })).repaired, true);
    assert.equal((await find()).outcome, 'current');
  });

  it('finds the pairs of an old feature and an old environment that were never seeded, which no write mends', async () => {
    const { sql } = system.database;
    const featureId = await insertFeature(sql, quiet.projectId, 'unseeded');
    const young = await insertFeature(sql, quiet.projectId, 'young', { created_date: new Date() });
    await settle(system);
    const verification = await repair();
    assert.deepEqual(verification, {
      environmentId,
      outcome: 'drifted',
      drift: ['unseeded'],
      repaired: false,
      unseeded: { featureIds: [featureId], count: 1 },
    });
    await insertFeatureState(sql, environmentId, featureId);
    await insertFeatureState(sql, environmentId, young);
    await quiet.writer.write({ environmentId });
    assert.equal((await find()).outcome, 'current');
  });

  it('mends the items beside pairs that are not seeded, and says which is which', async () => {
    await insertFeature(system.database.sql, quiet.projectId, 'unseeded');
    await tamper(system, environmentId, { v1: () => undefined });
    await settle(system);
    const { outcome, drift, repaired } = await repair();
    assert.deepEqual(
      { outcome, drift, repaired },
      { outcome: 'drifted', drift: ['missing', 'unseeded'], repaired: true },
    );
    assert.deepEqual((await find()).drift, ['unseeded']);
  });

  it('finds and deletes the items of a deleted environment, once its sync has had its turn', async () => {
    const { v1, v2 } = await storedItems(system, environmentId);
    await system.database
      .sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    assert.equal((await find()).outcome, 'on_its_way');
    await settle(system);
    const before = await allItems(system);
    assert.deepEqual((await find()).drift, ['orphaned']);
    assert.deepEqual(await repair(), {
      environmentId,
      outcome: 'drifted',
      drift: ['orphaned'],
      repaired: true,
    });
    const gone = changedKeys(before, await allItems(system));
    assert.equal(gone.length, 2);
    assert.ok(gone[0]?.includes(v1!['api_key']!.S!) && gone[1]?.includes(v2!['environment_id']!.S!));
    await settle(system);
    assert.equal((await find()).outcome, 'deleted');
  });

  it('leaves what a deleted environment left alone while syncs are paused, and says so', async () => {
    await system.database
      .sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    await settle(system);
    const before = await allItems(system);
    await pauseSyncs(system.database);
    for (const verification of [await find(), await repair()]) {
      assert.deepEqual([verification.outcome, verification.drift], ['held', []]);
      assert.match(verification.reason!, /^syncs of everything are paused since /);
    }
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
    await resumeSyncs(system.database);
    await settle(system);
    assert.equal((await repair()).repaired, true);
  });

  for (const [what, change] of [
    ['a document that differs', { v1: () => undefined }],
    ['items of a deleted environment', undefined],
  ] as const)
    it(`does not mend ${what} where syncs are paused after it looked`, async () => {
      if (change) await tamper(system, environmentId, change);
      else
        await system.database
          .sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
      await settle(system);
      const before = await allItems(system);
      const isSyncRunning = async () => {
        await pauseSyncs(system.database);
        return false;
      };
      const { outcome, reason } = await verify({ ...quiet.deps, isSyncRunning }, environmentId, {
        repair: true,
      });
      await resumeSyncs(system.database);
      assert.equal(outcome, 'held');
      assert.match(reason!, /paused since/);
      assert.deepEqual(changedKeys(before, await allItems(system)), []);
    });

  it('finds and deletes the item under a key that an environment no longer has, and leaves the new one', async () => {
    await system.database.sql`
      UPDATE environments_environment SET api_key = ${crypto.randomUUID()} WHERE id = ${environmentId}`;
    await quiet.writer.write({ environmentId });
    await settle(system);
    const before = await allItems(system);
    assert.deepEqual(await repair(), {
      environmentId,
      outcome: 'drifted',
      drift: ['orphaned'],
      repaired: true,
    });
    assert.equal(changedKeys(before, await allItems(system)).length, 1);
    await settle(system);
    assert.equal((await find()).outcome, 'current');
  });

  it('leaves the item under a former key alone that another environment has now', async () => {
    const { sql } = system.database;
    const [{ api_key: key } = { api_key: '' }] = await sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE id = ${environmentId}`;
    await sql`UPDATE environments_environment SET deleted_at = now(), api_key = 'former' WHERE id = ${environmentId}`;
    const heir = await insertEnvironment(sql, quiet.projectId, { api_key: key });
    for (const featureId of quiet.featureIds) await insertFeatureState(sql, heir, featureId);
    await quiet.writer.write({ environmentId: heir });
    await settle(system);
    assert.equal((await repair()).repaired, true); // Of the v2 table.
    assert.equal((await find(heir)).outcome, 'current');
  });

  it('says nothing of an environment whose project does not use DynamoDB', async () => {
    await system.database
      .sql`UPDATE projects_project SET enable_dynamo_db = false WHERE id = ${quiet.projectId}`;
    await settle(system);
    assert.equal((await repair()).outcome, 'not_written');
  });

  it('leaves what it finds of an environment that never was to whom it belongs', async () => {
    const id = 900_000_000;
    await put(system, 'v2', {
      environment_id: { S: String(id) },
      document_key: { S: '_META' },
      id: { N: String(id) },
    });
    const before = await allItems(system);
    assert.deepEqual(await repair(id), { environmentId: id, outcome: 'deleted', drift: [], repaired: false });
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
  });
});
