import assert from 'node:assert/strict';
import postgres, { type ISql } from 'postgres';
import { migrate } from '../../src/db/migrate.js';
import { useDatabase } from '../support/database.js';
import { useRoles } from '../support/roles.js';
import type { Rows } from './changedRows.js';
import { recordedChanges } from './recordedChanges.js';
import { changes, insertWatchedRows, sourceOf } from './watchedTables.js';

const isAboutOurs = (warning: string) => warning.startsWith('document_sync: ');

describe('Flagsmith’s statements on every table that we watch', () => {
  const warnings: string[] = [];
  let flagsmith: postgres.Sql;
  let rows: Rows;
  // Before the database's own: what uses it ends first.
  after(() => flagsmith.end());
  const database = useDatabase({ template: 'adopted' });
  before(async () => {
    rows = await insertWatchedRows(database.sql);
    await database.sql`DELETE FROM document_sync.outbox`;
    const onnotice = ({ severity, message }: postgres.Notice) =>
      severity === 'WARNING' && warnings.push(message ?? '');
    flagsmith = postgres(database.url, { max: 1, onnotice });
    // Often enough that PostgreSQL keeps the triggers' plans.
    for (let n = 0; n < 7; n++) await whatIsTold('SELECT');
  });

  it('are recorded without a warning while all of ours is there', async () => {
    assert.deepEqual(await whatIsTold('SELECT'), { recorded: sources(), warned: [], unwatched: [] });
  });

  it('succeed with a warning where document_sync has another name', async () => {
    const told = await whatIsTold('ALTER SCHEMA document_sync RENAME TO elsewhere');
    assert.deepEqual(told, { recorded: [], warned: sources(), unwatched: [] });
  });

  it('succeed with a warning where the outbox is gone', async () => {
    const told = await whatIsTold('DROP TABLE document_sync.outbox');
    assert.deepEqual(told, { recorded: [], warned: sources(), unwatched: [] });
  });

  it('succeed without a word where document_sync is dropped with all that hangs on it', async () => {
    const told = await whatIsTold('DROP SCHEMA document_sync CASCADE');
    assert.deepEqual(told, { recorded: [], warned: [], unwatched: sources() });
  });

  it('succeed, and are recorded or warned of where a trigger stands, whatever else of ours is dropped', async () => {
    const parts = await database.sql<{ part: string }[]>`
      SELECT 'TABLE ' || oid::regclass AS part FROM pg_class
      WHERE relnamespace = 'document_sync'::regnamespace AND relkind = 'r'
      UNION ALL
      SELECT 'FUNCTION ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'document_sync'::regnamespace`;
    assert.ok(parts.length > 15);
    const warnedOf = new Set<string>();
    for (const { part } of parts) {
      const { recorded, warned, unwatched } = await whatIsTold(`DROP ${part} CASCADE`);
      assert.deepEqual([...recorded, ...warned, ...unwatched].sort(), sources(), part);
      for (const source of warned) warnedOf.add(source);
    }
    assert.deepEqual([...warnedOf].sort(), sources());
  });

  /** What becomes of a change of each table once the statement has taken something of ours away; all undone. */
  async function whatIsTold(statement: string) {
    const told = { recorded: [] as string[], warned: [] as string[], unwatched: [] as string[] };
    const session = await flagsmith.reserve();
    try {
      await session.unsafe(`BEGIN; ${statement}`);
      for (const [table, change] of Object.entries(changes).sort()) {
        const source = sourceOf(table);
        warnings.length = 0;
        await session.unsafe(change(rows));
        assert.ok(warnings.every(isAboutOurs), warnings[0]);
        if (warnings.length > 0) told.warned.push(source);
        else if (await isRecorded(session, source)) told.recorded.push(source);
        else if (!(await isWatched(session, table))) told.unwatched.push(source);
      }
      await session.unsafe(`
        UPDATE environments_environment SET is_creating = true, api_key = 'rotated ' || id;
        UPDATE environments_environment SET is_creating = false`);
      assert.ok(warnings.every(isAboutOurs), warnings[0]);
    } finally {
      await session.unsafe('ROLLBACK');
      session.release();
    }
    return { recorded: told.recorded.sort(), warned: told.warned.sort(), unwatched: told.unwatched.sort() };
  }
});

const sources = () => Object.keys(changes).map(sourceOf).sort();

async function isRecorded(sql: ISql, source: string): Promise<boolean> {
  const [outbox] = await sql`SELECT WHERE to_regclass('document_sync.outbox') IS NOT NULL`;
  return outbox !== undefined && (await recordedChanges(sql, source)).length > 0;
}

/** By a trigger that records what changes; the environments' others mind their flags and keys alone. */
async function isWatched(sql: ISql, table: string): Promise<boolean> {
  const triggers = await sql`
    SELECT FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid = ${table}::regclass AND proname IN ('record_change', 'record_audit_log')`;
  return triggers.length > 0;
}

describe('a role without any right on document_sync, where migrate had no more rights than it asks for', () => {
  const database = useRoles(
    ['owner', 'flagsmith'],
    () => useDatabase({ template: 'flagsmith' }),
    (used) => used,
  );

  it('writes to every table that we watch, many rows at a time, and its changes are recorded', async () => {
    const { sql, roles } = database;
    const rows = await insertWatchedRows(sql);
    const options = { instanceName: 'default', creationEnabled: false };
    const refusal = await migrate(roles.owner.db, options).then(
      () => assert.fail('It was not refused.'),
      (error: unknown) => (error as Error).message,
    );
    for (const [, remedy] of refusal.matchAll(/: (GRANT .*;)$/gm)) await sql.unsafe(remedy!);
    await migrate(roles.owner.db, options);
    await sql.unsafe(`
      GRANT USAGE ON SCHEMA public TO ${roles.flagsmith.name};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${roles.flagsmith.name}`);

    const warnings: string[] = [];
    const url = new URL(database.url);
    [url.username, url.password] = [roles.flagsmith.name, 'test'];
    const onnotice = ({ message }: postgres.Notice) => warnings.push(message ?? '');
    const flagsmith = postgres(url.href, { max: 1, onnotice });
    await flagsmith.begin(async (tx) => {
      for (const [table, change] of Object.entries(changes)) {
        await tx.unsafe(
          `WITH kept AS (DELETE FROM ${table} RETURNING *) INSERT INTO ${table} SELECT * FROM kept`,
        );
        await tx.unsafe(change(rows));
      }
      await tx.unsafe(`
        UPDATE environments_environment SET is_creating = true;
        UPDATE environments_environment SET is_creating = false`);
    });
    await flagsmith.end();

    assert.deepEqual(warnings, []);
    const recorded = new Set((await recordedChanges(sql)).map(({ source }) => source));
    assert.deepEqual([...recorded].sort(), [...sources(), 'seeding_finished'].sort());
    const retired = await sql<{ id: number }[]>`
      SELECT DISTINCT environment_id AS id FROM document_sync.retired_key ORDER BY id`;
    assert.deepEqual(
      retired.map(({ id }) => id),
      [rows.v1, rows.v2],
    );
  });
});
