import assert from 'node:assert/strict';
import pg from 'pg';
import type { Database } from '../../src/db/connect.js';
import { relayBatch } from '../../src/outbox/relayBatch.js';
import { GENERATED } from '../document/generatedEnvironment.js';
import { settle } from '../frame/database.js';
import type { TriggersDatabase } from './databases.js';

/** What the relay hands over while the snapshot is open. */
export const CHANGES = 50_000;
const BATCH = 1_000;

/**
 * Runs `work` while somebody else holds a snapshot open in each of the databases, old by as many changes as a busy
 * installation has in some minutes: none of the outbox rows deleted since can be vacuumed.
 */
export async function underOldSnapshot<T>(databases: TriggersDatabase[], work: () => Promise<T>): Promise<T> {
  const holders = await Promise.all(databases.map(holdSnapshot));
  try {
    for (const database of databases) await pileUp(database);
    return await work();
  } finally {
    await Promise.all(holders.map((holder) => holder.end()));
  }
}

/** Dead rows that vacuum has to leave in the outbox. */
export async function deadRows({ url, db }: TriggersDatabase): Promise<number> {
  await settle(url);
  const [found] = await db<{ dead: string }[]>`
    SELECT n_dead_tup AS dead FROM pg_stat_user_tables WHERE relid = 'document_sync.outbox'::regclass`;
  return Number(found?.dead);
}

async function holdSnapshot({ url }: TriggersDatabase): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await holder.query('SELECT count(*) FROM public.environments_environment');
  return holder;
}

/** The changes come and the relay hands them over, to a Temporal that accepts everything at once. */
async function pileUp({ triggers, url, db }: TriggersDatabase): Promise<void> {
  if (triggers !== 'none') {
    for (let changes = 0; changes < CHANGES; changes += BATCH) {
      await insertChanges(db, BATCH);
      const { claimed } = await relayBatch({
        db,
        projectWide: false,
        startSync: () => Promise.resolve(),
        batchSize: BATCH,
      });
      assert.equal(claimed, BATCH);
    }
  }
  await settle(url);
}

/** One change each of so many environments. */
export async function insertChanges(db: Database, count: number): Promise<void> {
  await db`
    INSERT INTO document_sync.outbox (project_id, environment_id, source)
    SELECT ${GENERATED.projectId}::integer, environment_id, 'audit_log'
    FROM generate_series(1, ${count}::integer) AS environment_id`;
}
