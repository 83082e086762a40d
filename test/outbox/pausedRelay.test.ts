import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/connect.js';
import { lookAtDue } from '../../src/outbox/claimDue.js';
import { mergePaused } from '../../src/outbox/mergePaused.js';
import { RELAY_LOOPS, runRelay } from '../../src/outbox/relay.js';
import { relayBatch } from '../../src/outbox/relayBatch.js';
import type { EnvironmentChange } from '../../src/outbox/startSync.js';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { useDatabase } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';

describe('the relay, while syncs are paused', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let environmentId: number;
  let otherProject: number;
  let otherEnvironment: number;

  before(async () => {
    projectId = await insertProject(database.sql);
    environmentId = await insertEnvironment(database.sql, projectId);
    otherProject = await insertProject(database.sql);
    otherEnvironment = await insertEnvironment(database.sql, otherProject);
  });
  beforeEach(() => database.sql`DELETE FROM document_sync.outbox`);
  afterEach(() => database.sql`DELETE FROM document_sync.paused_sync`);

  const outbox = () =>
    database.sql<{ id: string; environment_id: number | null; source: string; changed_at: Date }[]>`
      SELECT id::text, environment_id, source, changed_at FROM document_sync.outbox ORDER BY changed_at, id`;

  /** What is handed over until nothing more is due. */
  async function handedOver(): Promise<EnvironmentChange[]> {
    const changes: EnvironmentChange[] = [];
    const startSync = (change: EnvironmentChange) => {
      changes.push(change);
      return Promise.resolve();
    };
    for (const projectWide of [true, false])
      while ((await relayBatch({ db: database.db, batchSize: 20, startSync, projectWide })).claimed > 0);
    return changes;
  }
  const environmentsOf = (changes: EnvironmentChange[]) =>
    changes.map((change) => change.environmentId).sort((a, b) => a - b);

  it('hands over nothing of a paused project, and all of the others', async () => {
    await pauseSyncs(database, { projectId });
    await insertAuditLog(database.sql, { projectId, environmentId });
    await insertAuditLog(database.sql, { projectId });
    await insertAuditLog(database.sql, { projectId: otherProject });
    assert.deepEqual(environmentsOf(await handedOver()), [otherEnvironment]);
    assert.deepEqual(
      (await outbox()).map(({ environment_id }) => environment_id),
      [environmentId, null],
    );
  });

  it('hands over nothing at all while everything is paused', async () => {
    await pauseSyncs(database);
    await insertAuditLog(database.sql, { projectId, environmentId });
    await insertAuditLog(database.sql, { projectId: otherProject });
    for (const projectWide of [true, false])
      assert.deepEqual([...(await lookAtDue(database.db, { projectWide }))], []);
    assert.deepEqual(await handedOver(), []);
    assert.equal((await outbox()).length, 2);
  });

  it('hands over each environment once after it, with the time of its oldest change and the end of its seeding', async () => {
    await pauseSyncs(database, { projectId });
    await insertAuditLog(database.sql, { projectId, environmentId });
    const [oldest] = await outbox();
    await database.sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentId}`;
    await database.sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
    await insertAuditLog(database.sql, { projectId });
    await resumeSyncs(database, { projectId });
    const [change, ...more] = await handedOver();
    assert.deepEqual(more, []);
    assert.equal(change!.environmentId, environmentId);
    assert.equal(change!.seedingFinished, true);
    assert.equal(Date.parse(`${change!.changedAt}Z`), oldest!.changed_at.getTime());
    assert.equal((await outbox()).length, 0);
  });

  it('sees a change of another project behind more paused ones than it looks at', async () => {
    await pauseSyncs(database, { projectId });
    await database.sql`
      INSERT INTO document_sync.outbox (project_id, environment_id, source)
      SELECT ${projectId}, ${environmentId}, 'audit_log' FROM generate_series(1, 20001)`;
    await insertAuditLog(database.sql, { projectId: otherProject, environmentId: otherEnvironment });
    assert.deepEqual(environmentsOf(await handedOver()), [otherEnvironment]);
  });

  describe('mergePaused', () => {
    it('leaves the oldest of each environment and each project, ends of seeding by themselves', async () => {
      await pauseSyncs(database, { projectId });
      for (let i = 0; i < 3; i++) {
        await insertAuditLog(database.sql, { projectId, environmentId });
        await insertAuditLog(database.sql, { projectId });
        await database.sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentId}`;
        await database.sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
        await insertAuditLog(database.sql, { projectId: otherProject });
      }
      await database.sql`UPDATE document_sync.outbox SET due_at = changed_at`;
      const firstOf = new Map<string, string>();
      for (const { id, environment_id, source } of await outbox()) {
        const kind = `${environment_id} ${source === 'seeding_finished'}`;
        if (!firstOf.has(kind)) firstOf.set(kind, id);
      }
      await mergePaused(database.db);
      const left = await database.sql<{ id: string }[]>`
        SELECT id::text FROM document_sync.outbox WHERE project_id = ${projectId} ORDER BY changed_at, id`;
      assert.equal(firstOf.size, 3);
      assert.deepEqual(new Set(left.map(({ id }) => id)), new Set(firstOf.values()));
      assert.equal((await outbox()).length, left.length + 3);
    });

    it('does not count a change that a relay is handing over, as that may be too early for the later ones', async () => {
      await insertAuditLog(database.sql, { projectId, environmentId });
      await relayBatch({
        db: database.db,
        batchSize: 20,
        projectWide: false,
        startSync: async () => {
          await pauseSyncs(database, { projectId });
          await insertAuditLog(database.sql, { projectId, environmentId });
          await mergePaused(database.db);
        },
      });
      assert.equal((await outbox()).length, 1);
    });

    it('leaves alone what is not due yet, and what is not paused', async () => {
      for (let i = 0; i < 2; i++) await insertAuditLog(database.sql, { projectId, environmentId });
      await mergePaused(database.db);
      assert.equal((await outbox()).length, 2);
      await pauseSyncs(database, { projectId });
      await database.sql`UPDATE document_sync.outbox SET due_at = now() + interval '1 hour'`;
      await mergePaused(database.db);
      assert.equal((await outbox()).length, 2);
    });
  });

  it('merges what is paused as it begins and every half minute, not at each look', async () => {
    const { send, until, sent } = counting(database.db);
    const isMerge = 'WITH waiting';
    const isLook = 'bool_or';
    const change = () => insertAuditLog(database.sql, { projectId, environmentId });
    await pauseSyncs(database, { projectId });
    for (let i = 0; i < 3; i++) await change();
    const clock = stopClock();
    const stop = new AbortController();
    const relaying = runRelay({
      db: send,
      batchSize: 20,
      pollIntervalMs: 1,
      logger: createLogger('fatal'),
      checkTemporal: () => Promise.resolve(),
      startSync: () => Promise.reject(new Error('paused')),
      untilAtRest: () => Promise.resolve('ended'),
      signal: stop.signal,
    });
    try {
      await until(isMerge, RELAY_LOOPS);
      await until(isLook, RELAY_LOOPS);
      assert.equal((await outbox()).length, 1);

      for (let i = 0; i < 2; i++) await change();
      clock.ms = 29_999;
      await until(isLook, sent(isLook) + 10 * RELAY_LOOPS);
      assert.equal(sent(isMerge), RELAY_LOOPS);
      assert.equal((await outbox()).length, 3);

      clock.ms = 30_000;
      await until(isMerge, 2 * RELAY_LOOPS);
      await until(isLook, sent(isLook) + 10 * RELAY_LOOPS);
      assert.equal(sent(isMerge), 2 * RELAY_LOOPS);
      assert.equal((await outbox()).length, 1);
    } finally {
      clock.goOn();
      stop.abort();
      await relaying;
    }
  });
});

/**
 * The database, with how many statements that contain a text were answered. Loops that merge at one moment pass over what
 * another has claimed, and leave a row each: here they do so in turn.
 */
function counting(db: Database) {
  const answered: string[] = [];
  let merged: Promise<unknown> = Promise.resolve();
  const sent = (part: string) => answered.filter((text) => text.includes(part)).length;
  return {
    send: Object.assign(
      (strings: TemplateStringsArray, ...values: unknown[]) => {
        const query = db(strings, ...values);
        const isFragment = !/^\s*(SELECT|WITH|UPDATE|DELETE)/.test(strings[0] ?? '');
        if (isFragment) return query;
        const answer = merged.then(() => query);
        if (strings[0]?.includes('WITH waiting')) merged = answer.catch(() => undefined);
        answer.then(() => answered.push(strings.join('?'))).catch(() => undefined);
        return answer;
      },
      { transaction: db.transaction, end: () => Promise.resolve() },
    ) as Database,
    sent,
    until: async (part: string, count: number): Promise<void> => {
      while (sent(part) < count) await delay(5);
    },
  };
}

/** What counts milliseconds in this process stands still at 0 until it is set, or goes on. */
function stopClock() {
  const clock = {
    ms: 0,
    goOn: () => {
      performance.now = now;
    },
  };
  const now = performance.now.bind(performance);
  performance.now = () => clock.ms;
  return clock;
}
