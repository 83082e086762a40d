import assert from 'node:assert/strict';
import { useSystem } from '../support/system.js';
import { useClusters } from './cluster.js';
import { FrontDoor } from './frontDoor.js';
import { Site, toOrder } from './site.js';
import { startRebuild, untilFailureShows } from './syncs.js';

describe('a standby that lagged and was promoted, while the old primary runs on', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);
  let old: Site;
  let promoted: Site;
  let environmentIds: number[];
  let environmentId: number;

  before(async () => {
    old = new Site(await clusters.create(), system);
    environmentIds = [];
    for (let number = 0; number < 4; number++) environmentIds.push(await old.insertEnvironment('first'));
    await old.order(); // begins the epoch that the copy is of
    const { standby } = await old.cluster.copyAsStandby();
    promoted = new Site(standby, system);
    // Of all this the standby hears nothing, as it does not stream.
    await old.spendTransactions(500);
    for (const id of environmentIds) {
      await old.setValue(id, 'lost');
      await old.write(id);
    }
    await standby.start();
    await standby.promote();
  });
  beforeEach(() => {
    environmentId = environmentIds.pop()!;
  });

  it('has orders after all of the old primary, though lower versions: writes go on', async () => {
    const lost = toOrder((await old.stored(environmentId))!.order);
    assert.equal((await promoted.write(environmentId)).outcome, 'written');
    const stored = (await promoted.stored(environmentId))!;
    const order = toOrder(stored.order);
    assert.equal(stored.value, 'first');
    assert.equal(order.timeline, lost.timeline + 1);
    assert.ok(order.version < lost.version, `${order.version} after ${lost.version}`);
    assert.ok(order.text > lost.text);
    await promoted.setValue(environmentId, 'second');
    assert.equal((await promoted.write(environmentId)).outcome, 'written');
    assert.equal((await promoted.stored(environmentId))!.value, 'second');
  });

  it('deletes what the old primary wrote', async () => {
    await promoted.deleteEnvironment(environmentId);
    const { itemsCount, refusedCount } = await promoted.deleteDocument(environmentId);
    assert.deepEqual([itemsCount, refusedCount], [2, 0]);
    assert.equal(await old.stored(environmentId), undefined);
  });

  it('keeps what it wrote: the old primary fails with HistoryRewound, and deletes nothing', async () => {
    await promoted.write(environmentId);
    const stored = await promoted.stored(environmentId);
    await old.setValue(environmentId, 'of the past');
    await assert.rejects(old.write(environmentId), { type: 'HistoryRewound', nonRetryable: true });
    await old.deleteEnvironment(environmentId);
    await assert.rejects(old.deleteDocument(environmentId), { type: 'HistoryRewound', nonRetryable: true });
    assert.deepEqual(await promoted.stored(environmentId), stored);
  });

  it('keeps it also when the old primary has crashed: in the same epoch the timeline decides', async () => {
    await promoted.write(environmentId);
    const stored = await promoted.stored(environmentId);
    await old.cluster.crash();
    await old.setValue(environmentId, 'of the past');
    const [ofOld, ofPromoted] = [await old.order(), await promoted.order()];
    assert.equal(ofOld.epoch, ofPromoted.epoch);
    assert.ok(ofOld.version > ofPromoted.version);
    await assert.rejects(old.write(environmentId), { type: 'HistoryRewound', nonRetryable: true });
    assert.deepEqual(await promoted.stored(environmentId), stored);
  });
});

describe('a second standby that is promoted without having heard of the first', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);

  it('has the same timeline: it fails with HistoryRewound, and overwrites nothing', async () => {
    const primary = new Site(await clusters.create(), system);
    const environmentId = await primary.insertEnvironment('first');
    await primary.order();
    await primary.cluster.stop();
    const [first, second] = [
      new Site(await primary.cluster.copy('standby.signal'), system),
      new Site(await primary.cluster.copy('standby.signal'), system),
    ];
    for (const { cluster } of [first, second]) {
      await cluster.start();
      await cluster.promote();
    }
    await first.spendTransactions(200);
    await first.write(environmentId);
    const stored = await first.stored(environmentId);
    await second.setValue(environmentId, 'second');
    assert.equal((await second.order()).timeline, toOrder(stored!.order).timeline);
    await assert.rejects(second.write(environmentId), { type: 'HistoryRewound', nonRetryable: true });
    assert.deepEqual(await second.stored(environmentId), stored);
  });
});

describe('a worker whose primary is lost', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);

  it('is refused by the standby, showing why, and goes on by itself once that is promoted', async () => {
    const primary = new Site(await clusters.create(), system);
    const environmentId = await primary.insertEnvironment('first');
    const copied = await primary.cluster.copyAsStandby();
    await copied.standby.start(copied.streaming);
    const standby = new Site(copied.standby, system);
    const address = await FrontDoor.open();
    address.leadTo(primary.cluster.port);
    const worker = await system.startWorker({ DATABASE_URL: primary.cluster.urlAt(address) });
    try {
      await primary.setValue(environmentId, 'second');
      const before = await primary.untilStored(environmentId, 'second');
      await standby.cluster.catchUpWith(primary.cluster);

      await primary.cluster.kill();
      address.leadTo(standby.cluster.port);
      const rebuild = await startRebuild(system, environmentId);
      await untilFailureShows(rebuild, /leads to a standby/);

      await standby.cluster.promote();
      await rebuild.result();
      const after = toOrder((await standby.stored(environmentId))!.order);
      assert.equal(after.timeline, toOrder(before.order).timeline + 1);
      await standby.setValue(environmentId, 'third');
      await standby.untilStored(environmentId, 'third');
    } finally {
      worker.stop();
      await worker.finished;
      await address.close();
    }
  });
});
