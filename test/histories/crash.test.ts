import assert from 'node:assert/strict';
import { connectDatabase } from '../../src/db/connect.js';
import { currentOrder } from '../../src/db/snapshot.js';
import { deleteUnlessNewer } from '../../src/dynamo/deleteDocument.js';
import { useSystem } from '../support/system.js';
import { createWriter, storedItems, withPuts } from '../support/writer.js';
import { type Cluster, useClusters } from './cluster.js';
import { Site, type StoredDocument, toOrder } from './site.js';

describe('a PostgreSQL that is killed and recovers', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);
  let cluster: Cluster;
  let site: Site;
  let environmentId: number;

  before(async () => {
    cluster = await clusters.create();
    site = new Site(cluster, system);
  });
  beforeEach(async () => {
    environmentId = await site.insertEnvironment('first');
    await site.write(environmentId);
  });

  it('hands out versions a second time, and no order: the next write is taken each time', async () => {
    for (const value of ['second', 'third', 'fourth']) {
      await cluster.holdWalWriter();
      await site.spendTransactions(200);
      assert.equal((await site.write(environmentId)).outcome, 'written');
      const before = toOrder((await site.stored(environmentId))!.order);
      await cluster.crash();
      await site.setValue(environmentId, value);
      assert.equal((await site.write(environmentId)).outcome, 'written');
      const stored = (await site.stored(environmentId))!;
      const after = toOrder(stored.order);
      assert.equal(stored.value, value);
      assert.ok(after.version < before.version, 'the version was rewound');
      assert.deepEqual([after.timeline, after.epoch], [before.timeline, before.epoch + 1]);
      assert.ok(after.text > before.text);
    }
  });

  it('takes a change back that was not committed synchronously: so does the next document', async () => {
    await cluster.holdWalWriter();
    await site.setValue(environmentId, 'lost', 'off');
    await site.write(environmentId);
    assert.equal((await site.stored(environmentId))!.value, 'lost');
    await cluster.crash();
    assert.equal((await site.write(environmentId)).outcome, 'written');
    assert.equal((await site.stored(environmentId))!.value, 'first');
  });

  it('leaves a writer that had read before, and puts after the next one, superseded', async () => {
    await cluster.holdWalWriter();
    await site.spendTransactions(200);
    await site.setValue(environmentId, 'lost', 'off');
    let crashed: Promise<void> | undefined;
    const late = createWriter(site.system, {
      dynamo: withPuts(system.dynamo, () => (crashed ??= crashAndWrite())),
    });
    async function crashAndWrite(): Promise<void> {
      await cluster.crash();
      await site.write(environmentId);
    }
    assert.equal((await late.write({ environmentId })).outcome, 'superseded');
    assert.equal((await site.stored(environmentId))!.value, 'first');
  });

  it('leaves a deletion that was decided before without the document that was written after', async () => {
    await site.spendTransactions(200);
    const { source, order } = await currentOrder(cluster.database.db);
    await cluster.crash();
    await site.write(environmentId);
    const { v1 } = await storedItems(site.system, environmentId);
    const deleted = await deleteUnlessNewer(
      system.dynamo,
      {
        table: system.tables.v1,
        key: { api_key: v1!['api_key']! },
        ...{ environmentId, source, order, predecessors: [] },
      },
      AbortSignal.timeout(5_000),
    );
    const { source: by, order: at } = v1!['document_sync']!.M!;
    assert.deepEqual(deleted, { source: by!.S, order: at!.S });
    assert.ok(await site.stored(environmentId));
  });

  it('deletes what was written before', async () => {
    await site.spendTransactions(200);
    await site.write(environmentId);
    await cluster.crash();
    await site.deleteEnvironment(environmentId);
    const { itemsCount, refusedCount } = await site.deleteDocument(environmentId);
    assert.deepEqual([itemsCount, refusedCount], [2, 0]);
    assert.equal(await site.stored(environmentId), undefined);
  });

  it('begins one epoch for all writers that come at once, and keeps it over an ordinary stop', async () => {
    const { epoch } = await site.order();
    await cluster.crash();
    const processes = Array.from({ length: 4 }, () =>
      connectDatabase(cluster.database.url, { applicationName: 'one of several' }),
    );
    try {
      const orders = await Promise.all(
        processes.flatMap((db) => [currentOrder(db), currentOrder(db), currentOrder(db)]),
      );
      assert.deepEqual(new Set(orders.map(({ order }) => toOrder(order).epoch)), new Set([epoch + 1]));
    } finally {
      await Promise.all(processes.map((db) => db.end()));
    }
    await cluster.stop();
    await cluster.start();
    assert.equal((await site.order()).epoch, epoch + 1);
  });

  it('has an epoch on disk before anybody sees it, also where commits do not wait by default', async () => {
    await cluster.stop();
    await cluster.start({ synchronous_commit: 'off' });
    const epochs: number[] = [];
    for (let kill = 0; kill < 3; kill++) {
      epochs.push((await site.order()).epoch);
      await cluster.kill();
      await cluster.start({ synchronous_commit: 'off' });
    }
    const [first = 0] = epochs;
    assert.deepEqual(epochs, [first, first + 1, first + 2]);
  });

  it('has a worker go on by itself, with an outbox that lost nothing', async () => {
    const worker = await system.startWorker({ DATABASE_URL: cluster.database.url });
    await site.setValue(environmentId, 'second');
    const before = await site.untilStored(environmentId, 'second');
    await site.spendTransactions(200);
    await site.setValue(environmentId, 'third');
    await cluster.crash();
    // The change may have been written before the crash, too.
    const epochOf = ({ order }: StoredDocument) => toOrder(order).epoch;
    let after = await site.untilStored(environmentId, 'third');
    while (epochOf(after) === epochOf(before)) after = await site.untilStored(environmentId, 'third');
    assert.equal(epochOf(after), epochOf(before) + 1);
    worker.stop();
    await worker.finished;
  });
});
