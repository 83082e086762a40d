import assert from 'node:assert/strict';
import type { ReservedSql, Sql } from 'postgres';
import { migrate, requireInstance } from '../../src/db/migrate.js';
import { useDatabase } from '../support/database.js';
import { insertRows, type Rows } from './changedRows.js';
import { queueBehind } from './queueBehind.js';
import { watchedTables } from './watchedTables.js';

const OPTIONS = { instanceName: 'default', creationEnabled: true };

/** What a transaction of Flagsmith's holds, and what others do beside it at the same time. */
const held: Record<string, { hold: (rows: Rows) => string; beside: (rows: Rows) => string }> = {
  'has changed an environment’s row': {
    hold: ({ v1 }) => `UPDATE environments_environment SET description = 'held' WHERE id = ${v1}`,
    beside: ({ v2 }) => `UPDATE environments_environment SET description = 'beside' WHERE id = ${v2}`,
  },
  'has locked a feature’s row': {
    hold: ({ feature }) => `SELECT FROM features_feature WHERE id = ${feature} FOR UPDATE`,
    beside: ({ feature }) => `SELECT FROM features_feature WHERE id = ${feature}`,
  },
  'holds a table in ROW EXCLUSIVE mode': {
    hold: () => 'LOCK TABLE segments_condition IN ROW EXCLUSIVE MODE',
    beside: ({ condition }) => `UPDATE segments_condition SET description = 'beside' WHERE id = ${condition}`,
  },
};

for (const [what, { hold, beside }] of Object.entries(held)) {
  describe(`migrate, on a Flagsmith database where a transaction ${what}`, () => {
    const database = useDatabase({ template: 'flagsmith' });
    let rows: Rows;
    let holder: ReservedSql;
    before(async () => {
      rows = await insertRows(database.sql);
      await recordLocks(database.sql);
      holder = await database.sql.reserve();
    });
    after(() => {
      holder.release();
    });

    it('keeps nobody behind it for long, succeeds once it ends, and never holds two tables', async () => {
      await holder.unsafe(`BEGIN; ${hold(rows)}`);
      let isDone = false;
      const migrating = migrate(database.db, OPTIONS).finally(() => (isDone = true));
      migrating.catch(() => undefined);
      await queueBehind(database.sql, beside(rows));
      assert.equal(isDone, false);
      await holder.unsafe('COMMIT');
      await migrating;
      await requireInstance(database.db, OPTIONS.instanceName);

      const transactions = await lockedTogether(database.sql);
      assert.deepEqual(
        transactions.filter((tables) => tables.length > 1),
        [],
      );
      assert.deepEqual([...new Set(transactions.flat())].sort(), await watchedTables(database.sql));
    });
  });
}

/** Has PostgreSQL write down, at the end of each change of the schema, which of Flagsmith's tables it keeps from others. */
async function recordLocks(sql: Sql): Promise<void> {
  await sql.unsafe(`
    CREATE SCHEMA recorded;
    CREATE TABLE recorded.locks (transaction bigint, relation text);
    CREATE FUNCTION recorded.record_locks() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO recorded.locks
      SELECT txid_current(), relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation
      WHERE pid = pg_backend_pid() AND relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND mode NOT IN ('AccessShareLock', 'RowShareLock');
    END $$;
    CREATE EVENT TRIGGER record_locks ON ddl_command_end EXECUTE FUNCTION recorded.record_locks();`);
}

async function lockedTogether(sql: Sql): Promise<string[][]> {
  const transactions = await sql<{ tables: string[] }[]>`
    SELECT array_agg(DISTINCT relation) AS tables FROM recorded.locks GROUP BY transaction`;
  return transactions.map(({ tables }) => tables);
}
