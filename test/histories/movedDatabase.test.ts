import assert from 'node:assert/strict';
import { envsync, useBuiltEnvsync } from '../cli/envsync.js';
import { useSystem } from '../support/system.js';
import { useClusters } from './cluster.js';
import { copyRows } from './copyRows.js';
import { Site, toOrder } from './site.js';
import { syncFailureType } from './syncs.js';

describe('a database whose rows were copied to a new cluster', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);
  useBuiltEnvsync();
  let former: Site;
  let present: Site;
  let environmentId: number;
  let deletedId: number;
  let formerSource: string;

  before(async () => {
    former = new Site(await clusters.create(), system);
    present = new Site(await clusters.create(), system);
    environmentId = await former.insertEnvironment('first');
    deletedId = await former.insertEnvironment('first');
    await former.spendTransactions(1_000);
    await former.write(environmentId);
    await former.write(deletedId);
    formerSource = (await former.stored(environmentId))!.source;
    await copyRows(former.cluster, present.cluster);
  });

  it('has its worker warn at the start and fail the sync with OtherSource, overwriting nothing', async () => {
    const stored = await present.stored(environmentId);
    const worker = await system.startWorker({ DATABASE_URL: present.cluster.database.url });
    try {
      await present.setValue(environmentId, 'second');
      assert.equal(await syncFailureType(system, environmentId), 'OtherSource');
      assert.deepEqual(await present.stored(environmentId), stored);
      const warnings = system.logged.filter(
        ({ event, recorded }) => event === 'database.moved' && recorded === formerSource,
      );
      assert.deepEqual(
        warnings.map(({ level }) => level),
        ['warning'],
      );
    } finally {
      worker.stop();
      await worker.finished;
    }
  });

  it('has deletions fail with OtherSource, and deletes nothing', async () => {
    await present.deleteEnvironment(deletedId);
    await assert.rejects(present.deleteDocument(deletedId), { type: 'OtherSource', nonRetryable: true });
    assert.equal((await present.stored(deletedId))?.source, formerSource);
  });

  describe('and was then accepted', () => {
    before(async () => {
      const env = { ...system.env, DATABASE_URL: present.cluster.database.url };
      const { status, stderr } = await envsync(['migrate', '--accept-source'], env);
      assert.equal(status, 0, stderr);
    });

    it('replaces documents of the former cluster, whatever their order', async () => {
      const before = (await present.stored(environmentId))!;
      assert.equal((await present.write(environmentId)).outcome, 'written');
      const after = (await present.stored(environmentId))!;
      assert.equal(after.value, 'second');
      assert.notEqual(after.source, formerSource);
      assert.ok(toOrder(after.order).version < toOrder(before.order).version);
    });

    it('deletes documents of the former cluster', async () => {
      assert.equal((await present.deleteDocument(deletedId)).itemsCount, 2);
      assert.equal(await present.stored(deletedId), undefined);
    });

    it('keeps its documents: the former cluster fails with OtherSource, and deletes nothing', async () => {
      const stored = await present.stored(environmentId);
      await former.setValue(environmentId, 'of the past');
      await assert.rejects(former.write(environmentId), { type: 'OtherSource', nonRetryable: true });
      await former.deleteEnvironment(environmentId);
      await assert.rejects(former.deleteDocument(environmentId), { type: 'OtherSource', nonRetryable: true });
      assert.deepEqual(await present.stored(environmentId), stored);
    });
  });
});
