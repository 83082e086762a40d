import assert from 'node:assert/strict';
import type { RelayDeps } from '../../src/outbox/relayBatch.js';
import { relayBatch } from '../../src/outbox/relayBatch.js';
import type { EnvironmentChange } from '../../src/outbox/startSync.js';
import { useDatabase } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';

describe('relayBatch', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let organisationId: number;
  let environmentIds: number[];

  before(async () => {
    projectId = await insertProject(database.sql);
    const [project] = await database.sql<{ organisation_id: number }[]>`
      SELECT organisation_id FROM projects_project WHERE id = ${projectId}`;
    organisationId = project!.organisation_id;
    environmentIds = [
      await insertEnvironment(database.sql, projectId),
      await insertEnvironment(database.sql, projectId),
      await insertEnvironment(database.sql, projectId),
    ];
    await insertEnvironment(database.sql, projectId, { deleted_at: new Date() });
  });
  beforeEach(() => database.sql`DELETE FROM document_sync.outbox`);

  /** A relay that keeps what it hands over, refusing some. */
  function recording(refuse: (change: EnvironmentChange) => boolean = () => false) {
    const started: EnvironmentChange[] = [];
    const deps: RelayDeps = {
      db: database.db,
      projectWide: false,
      batchSize: 100,
      startSync: (change) => {
        if (refuse(change)) return Promise.reject(new Error('refused'));
        started.push(change);
        return Promise.resolve();
      },
    };
    return { deps, started };
  }

  const outbox = () =>
    database.sql<{ environment_id: number | null; attempts: number; due: boolean }[]>`
      SELECT environment_id, attempts, due_at <= clock_timestamp() AS due FROM document_sync.outbox ORDER BY id`;

  const moments = () =>
    database.sql<{ changed_at: string }[]>`
      SELECT to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS changed_at
      FROM document_sync.outbox ORDER BY document_sync.outbox.changed_at`;

  async function untilAllIsHandedOver(deps: RelayDeps) {
    while ((await relayBatch({ ...deps, projectWide: false })).claimed > 0);
    while ((await relayBatch({ ...deps, projectWide: true })).claimed > 0);
  }

  it('hands over the environment of an audit row, and empties the outbox', async () => {
    const [environmentId] = environmentIds;
    await insertAuditLog(database.sql, { projectId, environmentId: environmentId! });
    const { deps, started } = recording();
    assert.deepEqual(await relayBatch(deps), { claimed: 1, postponed: 0, error: undefined, more: false });
    assert.deepEqual(started, [
      { environmentId, organisationId, projectId, changedAt: started[0]?.changedAt, seedingFinished: false },
    ]);
    assert.match(started[0]!.changedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    assert.equal((await outbox()).length, 0);
  });

  it('expands a change of a whole project to its environments, deleted ones left out', async () => {
    await insertAuditLog(database.sql, { projectId });
    await insertAuditLog(database.sql, { projectId });
    const [before] = await moments();
    const { deps, started } = recording();
    const projectWide = await relayBatch({ ...deps, projectWide: true });
    assert.deepEqual(projectWide, { claimed: 3, postponed: 0, error: undefined, more: false });
    assert.deepEqual(started.map(({ environmentId }) => environmentId).sort(), environmentIds);
    assert.ok(started.every(({ changedAt }) => changedAt === before!.changed_at));
  });

  it('tells an environment once of many changes, with the time of the oldest', async () => {
    const [environmentId] = environmentIds;
    for (let change = 0; change < 5; change++) {
      await insertAuditLog(database.sql, { projectId, environmentId: environmentId! });
    }
    const [oldest] = await moments();
    const { deps, started } = recording();
    assert.equal((await relayBatch({ ...deps, batchSize: 1 })).claimed, 5);
    assert.deepEqual(
      started.map(({ changedAt }) => changedAt),
      [oldest!.changed_at],
    );
  });

  it('says that seeding finished when any of the changes says so', async () => {
    const featureId = await insertFeature(database.sql, projectId, 'seeded', { is_creating: true });
    await insertAuditLog(database.sql, { projectId });
    await database.sql`UPDATE features_feature SET is_creating = false WHERE id = ${featureId}`;
    await insertAuditLog(database.sql, { projectId });
    const { deps, started } = recording();
    await untilAllIsHandedOver(deps);
    assert.equal(started.length, environmentIds.length);
    assert.ok(started.every(({ seedingFinished }) => seedingFinished));
  });

  it('keeps what is refused for later, and hands over the rest', async () => {
    const [refused, accepted] = environmentIds;
    await insertAuditLog(database.sql, { projectId, environmentId: refused! });
    await insertAuditLog(database.sql, { projectId, environmentId: accepted! });
    const { deps, started } = recording(({ environmentId }) => environmentId === refused);
    const batch = await relayBatch(deps);
    assert.equal(batch.postponed, 1);
    assert.match(String(batch.error), /refused/);
    assert.deepEqual(
      started.map(({ environmentId }) => environmentId),
      [accepted],
    );
    assert.deepEqual(Array.from(await outbox()), [{ environment_id: refused, attempts: 1, due: false }]);
  });

  it('keeps of a whole project only the environments that were refused', async () => {
    const [refused] = environmentIds;
    await insertAuditLog(database.sql, { projectId });
    await untilAllIsHandedOver(recording(({ environmentId }) => environmentId === refused).deps);
    assert.deepEqual(Array.from(await outbox()), [{ environment_id: refused, attempts: 1, due: false }]);
    await database.sql`UPDATE document_sync.outbox SET due_at = clock_timestamp()`;
    const later = recording();
    await untilAllIsHandedOver(later.deps);
    assert.deepEqual(
      later.started.map(({ environmentId }) => environmentId),
      [refused],
    );
  });

  it('takes a change of a project that has no environments out of the outbox', async () => {
    const emptyProjectId = await insertProject(database.sql);
    await insertAuditLog(database.sql, { projectId: emptyProjectId });
    const { deps, started } = recording();
    await untilAllIsHandedOver(deps);
    assert.equal(started.length, 0);
    assert.equal((await outbox()).length, 0);
  });

  it('leaves what is due later alone, also of an environment it tells of another change', async () => {
    const [environmentId] = environmentIds;
    await insertAuditLog(database.sql, { projectId, environmentId: environmentId! });
    await database.sql`UPDATE document_sync.outbox SET due_at = clock_timestamp() + interval '1 hour'`;
    await insertAuditLog(database.sql, { projectId, environmentId: environmentId! });
    assert.equal((await relayBatch(recording().deps)).claimed, 1);
    assert.deepEqual(Array.from(await outbox()), [
      { environment_id: environmentId, attempts: 0, due: false },
    ]);
  });

  it('says whether more is waiting', async () => {
    for (const environmentId of environmentIds)
      await insertAuditLog(database.sql, { projectId, environmentId });
    const { deps } = recording();
    assert.equal((await relayBatch({ ...deps, batchSize: 2 })).more, true);
    assert.equal((await relayBatch({ ...deps, batchSize: 2 })).more, false);
  });

  it('lets organisations take turns, whoever came first with however much', async () => {
    const otherProjectId = await insertProject(database.sql);
    const otherEnvironmentId = await insertEnvironment(database.sql, otherProjectId);
    await database.sql`DELETE FROM document_sync.outbox`;
    for (let change = 0; change < 20; change++)
      await insertAuditLog(database.sql, { projectId, environmentId: environmentIds[change % 3]! });
    await insertAuditLog(database.sql, { projectId: otherProjectId, environmentId: otherEnvironmentId });
    const { deps, started } = recording();
    await relayBatch({ ...deps, batchSize: 2 });
    assert.deepEqual(
      started.map(({ environmentId }) => environmentId),
      [environmentIds[0], otherEnvironmentId],
    );
  });

  it('hands over single changes first, however many environments of whole projects wait', async () => {
    const otherProjectId = await insertProject(database.sql);
    const otherEnvironmentId = await insertEnvironment(database.sql, otherProjectId);
    await database.sql`DELETE FROM document_sync.outbox`;
    await insertAuditLog(database.sql, { projectId });
    const { deps, started } = recording();
    await insertAuditLog(database.sql, { projectId: otherProjectId, environmentId: otherEnvironmentId });
    assert.equal((await relayBatch({ ...deps, batchSize: 1 })).claimed, 1);
    assert.deepEqual(
      started.map(({ environmentId }) => environmentId),
      [otherEnvironmentId],
    );
    assert.equal((await relayBatch(deps)).claimed, 0);
  });

  it('takes along what waits for the whole project where the environment has a change of its own, and the reverse', async () => {
    const [first, second, third] = environmentIds;
    await insertAuditLog(database.sql, { projectId });
    const { deps, started } = recording();
    const relayOneOfProject = () => relayBatch({ ...deps, projectWide: true, batchSize: 1 });
    assert.equal((await relayOneOfProject()).claimed, 1);
    await insertAuditLog(database.sql, { projectId, environmentId: third! });
    assert.equal((await relayBatch(deps)).claimed, 2);
    await insertAuditLog(database.sql, { projectId, environmentId: second! });
    assert.equal((await relayOneOfProject()).claimed, 2);
    assert.deepEqual(
      started.map(({ environmentId }) => environmentId),
      [first, third, second],
    );
    assert.equal((await outbox()).length, 0);
  });

  it("locks none of Flagsmith's tables while Temporal is told", async () => {
    await insertAuditLog(database.sql, { projectId });
    const { deps } = recording();
    let told = 0;
    await untilAllIsHandedOver({
      ...deps,
      startSync: async () => {
        told++;
        const locked = await database.sql<{ name: string }[]>`
          SELECT relation::regclass::text AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
          WHERE locktype = 'relation' AND datname = current_database() AND application_name = 'tested'`;
        const names = locked.map(({ name }) => name).filter((name) => !/_pkey$|due_at$/.test(name));
        assert.deepEqual([...new Set(names)], ['document_sync.outbox']);
      },
    });
    assert.equal(told, environmentIds.length);
  });

  it('repeats its signals, and loses none, when it dies before it commits', async () => {
    await insertAuditLog(database.sql, { projectId, environmentId: environmentIds[0]! });
    const { deps, started } = recording();
    const dying = relayBatch({
      ...deps,
      startSync: async (change) => {
        await deps.startSync(change);
        await database.sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`;
      },
    });
    await assert.rejects(dying);
    assert.equal((await outbox()).length, 1);
    await relayBatch(deps);
    assert.equal(started.length, 2);
    assert.equal((await outbox()).length, 0);
  });

  it('shares the rows with another relay: none is handed over by both', async () => {
    for (const environmentId of environmentIds)
      await insertAuditLog(database.sql, { projectId, environmentId });
    const first = recording();
    const second = recording();
    let whileFirstHolds: Promise<unknown> | undefined;
    await relayBatch({
      ...first.deps,
      batchSize: 2,
      startSync: async (change) => {
        whileFirstHolds ??= relayBatch(second.deps);
        await whileFirstHolds;
        await first.deps.startSync(change);
      },
    });
    const handedOver = [...first.started, ...second.started].map(({ environmentId }) => environmentId);
    assert.deepEqual(handedOver.sort(), environmentIds);
    assert.equal(second.started.length, 1);
  });

  it('claims a row whose transaction commits after one with a later id', async () => {
    const [late, early] = environmentIds;
    const { deps, started } = recording();
    await database.sql.begin(async (tx) => {
      await insertAuditLog(tx, { projectId, environmentId: late! });
      await insertAuditLog(database.sql, { projectId, environmentId: early! });
      await relayBatch(deps);
    });
    await relayBatch(deps);
    assert.deepEqual(
      started.map(({ environmentId }) => environmentId),
      [early, late],
    );
  });
});
