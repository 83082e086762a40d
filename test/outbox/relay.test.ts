import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { pauseMs, RELAY_LOOPS, runRelay, type RelayOptions } from '../../src/outbox/relay.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { useDatabase } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';

describe('runRelay', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let environmentId: number;

  before(async () => {
    projectId = await insertProject(database.sql);
    environmentId = await insertEnvironment(database.sql, projectId);
  });

  /** Runs a relay until `done` is called from one of the parts given. */
  async function relayUntilDone(parts: (done: () => void) => Partial<RelayOptions>): Promise<void> {
    const stop = new AbortController();
    const done = () => {
      stop.abort();
    };
    await runRelay({
      db: database.db,
      batchSize: 100,
      pollIntervalMs: 10,
      logger: createLogger('fatal'),
      checkTemporal: () => Promise.resolve(),
      startSync: () => Promise.resolve(),
      untilAtRest: () => Promise.resolve('ended'),
      signal: stop.signal,
      ...parts(done),
    });
  }

  it('hands over what was committed before and after it began', async () => {
    const handedOver: number[] = [];
    await insertAuditLog(database.sql, { projectId, environmentId });
    await relayUntilDone((done) => ({
      startSync: async (change) => {
        if (handedOver.push(change.environmentId) === 2) done();
        else await insertAuditLog(database.sql, { projectId, environmentId });
      },
    }));
    assert.deepEqual(handedOver, [environmentId, environmentId]);
  });

  it('claims nothing while Temporal is away, and loses nothing by it', async () => {
    const steps: string[] = [];
    await insertAuditLog(database.sql, { projectId, environmentId });
    await relayUntilDone((done) => ({
      checkTemporal: () => {
        steps.push('asked');
        return steps.filter((step) => step === 'asked').length < 2
          ? Promise.reject(new Error('away'))
          : database.sql`UPDATE document_sync.outbox SET due_at = now()`.then(() => undefined);
      },
      startSync: () => {
        steps.push('signalled');
        if (steps.length === 1) return Promise.reject(new Error('away'));
        done();
        return Promise.resolve();
      },
    }));
    assert.deepEqual(steps, ['signalled', 'asked', 'asked', 'signalled']);
    assert.equal((await database.sql`SELECT FROM document_sync.outbox`).length, 0);
  });

  it('waits for nobody because of one environment that takes no signals', async () => {
    const other = await insertEnvironment(database.sql, projectId);
    await database.sql`DELETE FROM document_sync.outbox`;
    await insertAuditLog(database.sql, { projectId, environmentId });
    const refusedAtMs: number[] = [];
    // More than there are loops of single changes: were these to pause after a refusal, that would take a pause at least.
    const areQuick = () => refusedAtMs.at(-1)! - (refusedAtMs.at(-RELAY_LOOPS) ?? -Infinity) < pauseMs(1);
    let handedOver = 0;
    let wereQuick = false;
    await relayUntilDone((done) => ({
      startSync: async (change) => {
        if (change.environmentId === other) {
          if (++handedOver >= 8 && wereQuick) done();
          return;
        }
        refusedAtMs.push(performance.now());
        wereQuick ||= areQuick();
        // By another connection, and after this batch: its rows are locked until then.
        void database.sql`UPDATE document_sync.outbox SET due_at = now()`.execute();
        await insertAuditLog(database.sql, { projectId, environmentId: other });
        throw new Error('takes no more signals');
      },
    }));
    assert.ok(refusedAtMs.length >= 8);
    await database.sql`DELETE FROM document_sync.outbox`;
  });

  it('hands over the others while one environment gives no answer', async () => {
    const other = await insertEnvironment(database.sql, projectId);
    await database.sql`DELETE FROM document_sync.outbox`;
    await insertAuditLog(database.sql, { projectId, environmentId });
    let handedOver = 0;
    await relayUntilDone((done) => ({
      startSync: async (change) => {
        if (change.environmentId === other) handedOver++;
        else {
          await insertAuditLog(database.sql, { projectId, environmentId: other });
          while (handedOver === 0) await delay(10);
          done();
        }
      },
    }));
    assert.equal(handedOver, 1);
    await database.sql`DELETE FROM document_sync.outbox`;
  });

  it('waits longer after each failure in a row, and never longer than five seconds', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 100].map(pauseMs), [500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('goes on after PostgreSQL refused it', async () => {
    await insertAuditLog(database.sql, { projectId, environmentId });
    await database.sql`ALTER TABLE document_sync.outbox RENAME TO away`;
    let handedOver = 0;
    await relayUntilDone((done) => ({
      checkTemporal: () =>
        database.sql`ALTER TABLE IF EXISTS document_sync.away RENAME TO outbox`.then(() => undefined),
      startSync: () => {
        handedOver++;
        done();
        return Promise.resolve();
      },
    }));
    assert.equal(handedOver, 1);
  });

  it('ends when told so, with the batch that is under way finished', async () => {
    await insertAuditLog(database.sql, { projectId, environmentId });
    await relayUntilDone((done) => ({
      startSync: () => {
        done();
        return Promise.resolve();
      },
    }));
    assert.equal((await database.sql`SELECT FROM document_sync.outbox`).length, 0);
  });
});
