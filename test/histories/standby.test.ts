import assert from 'node:assert/strict';
import { requestSync } from '../../src/activities/requestSync.js';
import { connectDatabase } from '../../src/db/connect.js';
import { StandbyError } from '../../src/db/snapshot.js';
import { relayBatch } from '../../src/outbox/relayBatch.js';
import { useSystem } from '../support/system.js';
import { createWriter } from '../support/writer.js';
import { useClusters } from './cluster.js';
import { FrontDoor } from './frontDoor.js';
import { Site } from './site.js';

const READ_ONLY_TRANSACTION = '25006';

describe('a hot standby', function () {
  this.timeout(120_000);
  const system = useSystem();
  const clusters = useClusters(system);
  let primary: Site;
  let standby: Site;
  let environmentId: number;

  before(async () => {
    const cluster = await clusters.create();
    const copied = await cluster.copyAsStandby();
    await copied.standby.start(copied.streaming);
    primary = new Site(cluster, system);
    standby = new Site(copied.standby, system);
  });
  beforeEach(async () => {
    environmentId = await primary.insertEnvironment('first');
    await standby.cluster.catchUpWith(primary.cluster);
  });

  it('is refused for a write, which says where to point to, and can be tried again', async () => {
    await assert.rejects(standby.write(environmentId), isStandbyError);
    assert.equal(await standby.writer.writes('failure'), 1);
    assert.equal(await primary.stored(environmentId), undefined);
  });

  it('is refused for a look at the seeding', async () => {
    await assert.rejects(standby.writer.isSeeding({ environmentId }), isStandbyError);
  });

  it('takes neither a deletion, nor a request for a sync, nor a claim of the relay', async () => {
    await primary.write(environmentId);
    await primary.setValue(environmentId, 'second');
    await primary.deleteEnvironment(environmentId);
    await standby.cluster.catchUpWith(primary.cluster);
    const refused = { code: READ_ONLY_TRANSACTION };
    await assert.rejects(standby.deleteDocument(environmentId), refused);
    await assert.rejects(requestSync(standby.writer.deps, { environmentId }), refused);
    const startSync = () => Promise.reject(new Error('started a sync'));
    const { db } = standby.cluster.database;
    await assert.rejects(relayBatch({ db, projectWide: false, startSync, batchSize: 100 }), refused);
    assert.equal((await primary.stored(environmentId))?.value, 'first');
  });

  it('that gets some of the connections, and lags, never gives a document: tries go on until the primary does', async () => {
    await standby.cluster.database.sql`SELECT pg_wal_replay_pause()`;
    await primary.setValue(environmentId, 'second');
    const pooler = await FrontDoor.open();
    pooler.leadTo(primary.cluster.port, standby.cluster.port);
    const db = connectDatabase(primary.cluster.urlAt(pooler), {
      applicationName: 'through a pooler',
      maxConnections: 4,
    });
    try {
      const writer = createWriter(primary.system, { db });
      const tries = await Promise.allSettled(
        Array.from({ length: 40 }, () => writer.write({ environmentId })),
      );
      const outcomes = tries.flatMap((tried) => (tried.status === 'fulfilled' ? [tried.value.outcome] : []));
      const refusals = tries.flatMap((tried) =>
        tried.status === 'rejected' ? [tried.reason as unknown] : [],
      );
      assert.ok(outcomes.length > 0 && refusals.length > 0, `${outcomes.length}, ${refusals.length}`);
      assert.ok(refusals.every(isStandbyError));
      assert.ok(outcomes.includes('written'));
      assert.equal((await primary.stored(environmentId))?.value, 'second');
    } finally {
      await db.end();
      await pooler.close();
      await standby.cluster.database.sql`SELECT pg_wal_replay_resume()`;
    }
  });
});

/** As it was thrown: what is not to be tried again would be an ApplicationFailure. */
const isStandbyError = (error: unknown) =>
  error instanceof StandbyError && /point it there/.test(error.message);
