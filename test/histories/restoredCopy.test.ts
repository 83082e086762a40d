import assert from 'node:assert/strict';
import { useSystem } from '../support/system.js';
import { useClusters } from './cluster.js';
import { Site, toOrder } from './site.js';
import { startRebuild, syncFailureType } from './syncs.js';

/** Environments with a document each, one for each test. */
async function insertDocumented(site: Site, count: number): Promise<number[]> {
  const environmentIds: number[] = [];
  for (let number = 0; number < count; number++) {
    const environmentId = await site.insertEnvironment('first');
    await site.write(environmentId);
    environmentIds.push(environmentId);
  }
  return environmentIds;
}

/** Changes that a restored copy of before does not have, and their documents. */
async function goOn(site: Site, environmentIds: number[]): Promise<void> {
  await site.spendTransactions(500);
  for (const environmentId of environmentIds) {
    await site.setValue(environmentId, 'lost');
    await site.write(environmentId);
  }
}

describe('a PostgreSQL that was restored from a copy made while it was stopped', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);
  let restored: Site;
  let environmentIds: number[];
  let environmentId: number;

  before(async () => {
    const cluster = await clusters.create();
    const original = new Site(cluster, system);
    environmentIds = await insertDocumented(original, 5);
    await cluster.stop();
    restored = new Site(await cluster.copy(), system);
    await cluster.start();
    await goOn(original, environmentIds);
    await cluster.stop();
    await restored.cluster.start();
  });
  beforeEach(() => {
    environmentId = environmentIds.pop()!;
  });

  it('has writes fail with HistoryRewound, and overwrites nothing', async () => {
    const stored = await restored.stored(environmentId);
    assert.equal(stored!.value, 'lost');
    await restored.setValue(environmentId, 'second');
    await assert.rejects(restored.write(environmentId), { type: 'HistoryRewound', nonRetryable: true });
    assert.deepEqual(await restored.stored(environmentId), stored);
  });

  it('has deletions fail with HistoryRewound, and deletes nothing', async () => {
    const stored = await restored.stored(environmentId);
    await restored.deleteEnvironment(environmentId);
    await assert.rejects(restored.deleteDocument(environmentId), {
      type: 'HistoryRewound',
      nonRetryable: true,
    });
    assert.deepEqual(await restored.stored(environmentId), stored);
  });

  it('deletes an item that was released', async () => {
    await restored.release(environmentId);
    await restored.deleteEnvironment(environmentId);
    assert.equal((await restored.deleteDocument(environmentId)).itemsCount, 2);
    assert.equal(await restored.stored(environmentId), undefined);
  });

  it('has a worker fail the sync, and write once the item is released', async () => {
    const worker = await system.startWorker({ DATABASE_URL: restored.cluster.database.url });
    try {
      await restored.setValue(environmentId, 'second');
      assert.equal(await syncFailureType(system, environmentId), 'HistoryRewound');
      assert.equal((await restored.stored(environmentId))!.value, 'lost');
      await restored.release(environmentId);
      await (await startRebuild(system, environmentId)).result();
      assert.equal((await restored.stored(environmentId))!.value, 'second');
    } finally {
      worker.stop();
      await worker.finished;
    }
  });

  it('writes again by itself once it has gone further than the document it does not know', async () => {
    await restored.spendTransactions(1_000);
    assert.equal((await restored.write(environmentId)).outcome, 'written');
    assert.equal((await restored.stored(environmentId))!.value, 'first');
  });
});

describe('a PostgreSQL that was restored from a copy made while it ran', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);
  let original: Site;
  let restored: Site;
  let environmentId: number;

  before(async () => {
    original = new Site(await clusters.create(), system);
  });
  beforeEach(async () => {
    [environmentId = 0] = await insertDocumented(original, 1);
    restored = new Site(await original.cluster.copyRunning(), system);
  });

  it('writes at once: its recovery begins an epoch after the one of the document', async () => {
    await goOn(original, [environmentId]);
    const lost = toOrder((await original.stored(environmentId))!.order);
    await restored.cluster.start();
    assert.equal((await restored.write(environmentId)).outcome, 'written');
    const stored = (await restored.stored(environmentId))!;
    const order = toOrder(stored.order);
    assert.equal(stored.value, 'first');
    assert.deepEqual([order.timeline, order.epoch], [lost.timeline, lost.epoch + 1]);
    assert.ok(order.version < lost.version);
  });

  it('has writes fail with HistoryRewound where the original has crashed since, and overwrites nothing', async () => {
    await original.cluster.crash();
    await goOn(original, [environmentId]);
    const stored = await original.stored(environmentId);
    await restored.cluster.start();
    await assert.rejects(restored.write(environmentId), { type: 'HistoryRewound', nonRetryable: true });
    assert.deepEqual(await restored.stored(environmentId), stored);
  });
});

describe('a PostgreSQL that was restored to a point in time', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);

  it('writes and deletes at once: its timeline goes after the one of the documents', async () => {
    const original = new Site(await clusters.create(), system);
    const environmentIds = await insertDocumented(original, 2);
    const [written = 0, deleted = 0] = environmentIds;
    await original.cluster.stop();
    const base = await original.cluster.copy('recovery.signal');
    await original.cluster.start();
    await original.setValue(written, 'wanted');
    await original.cluster.database.sql`SELECT pg_create_restore_point('before the accident')`;
    await goOn(original, environmentIds);
    const lost = toOrder((await original.stored(written))!.order);
    await original.cluster.stop();

    await base.start({
      ...original.cluster.asArchive(),
      recovery_target_name: 'before the accident',
      recovery_target_action: 'promote',
    });
    await base.untilPrimary();
    const restored = new Site(base, system);
    assert.equal((await restored.write(written)).outcome, 'written');
    const stored = (await restored.stored(written))!;
    assert.equal(stored.value, 'wanted');
    assert.equal(toOrder(stored.order).timeline, lost.timeline + 1);
    assert.ok(toOrder(stored.order).version < lost.version);

    await restored.deleteEnvironment(deleted);
    assert.equal((await restored.deleteDocument(deleted)).itemsCount, 2);
    assert.equal(await restored.stored(deleted), undefined);
  });
});
