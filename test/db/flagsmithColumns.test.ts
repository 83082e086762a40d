import assert from 'node:assert/strict';
import postgres from 'postgres';
import { type TestDatabase, useDatabase } from '../support/database.js';
import { changes, insertWatchedRows, watchedTables } from './watchedTables.js';

interface Tried {
  /** `done`, or PostgreSQL's code where it refused. */
  outcome: string;
  /** How many changes were recorded. */
  recorded: number;
  /** What the session was told. */
  warnings: string[];
}

/** Their rows come and go with others, and are not watched for that: what `write` does to them changes no document. */
const updatesOnly = [
  ...['organisations_organisation', 'projects_project', 'features_feature', 'features_featuresegment'],
  'multivariate_multivariatefeatureoption',
];

describe('Flagsmith’s own migrations, on its whole schema', () => {
  const sessions: Record<'adopted' | 'without', Session> = {} as never;
  // Before the databases' own: what uses them ends first.
  after(() => Promise.all(Object.values(sessions).map(({ sql }) => sql.end())));
  const adopted = useDatabase({ template: 'adopted' });
  // With the same rows: what PostgreSQL does not allow there is no fault of ours.
  const without = useDatabase({ template: 'flagsmith' });
  before(async () => {
    await insertWatchedRows(adopted.sql);
    await insertWatchedRows(without.sql);
    await adopted.sql`DELETE FROM document_sync.outbox`;
    sessions.adopted = openSession(adopted.url);
    sessions.without = openSession(without.url);
  });

  it('are tried on every table that we watch', async () => {
    assert.deepEqual(Object.keys(changes).sort(), await watchedTables(adopted.sql));
  });

  for (const table of Object.keys(changes)) {
    it(`may drop, rename and retype each column of ${table}, and what writes to it then goes on`, async () => {
      const columns = await columnsOf(adopted, table);
      // Often enough that PostgreSQL keeps the triggers' plans.
      for (let n = 0; n < 7; n++) await tryOut(sessions.adopted, 'SELECT', write(table, columns[0]!));
      let refused = 0;
      for (const column of columns) {
        const writes = write(table, columns.find((name) => name !== column) ?? column);
        for (const alter of await altersOf(adopted, table, column)) {
          const tried = await tryOut(sessions.adopted, alter, writes);
          if (tried.outcome === 'done') assertTold(table, alter, tried);
          else assert.equal(tried.outcome, (await tryOut(sessions.without, alter, writes)).outcome, alter);
          if (tried.outcome !== 'done') refused++;
        }
      }
      assert.ok(refused <= 1, `${refused} of ${3 * columns.length} were refused, with us and without`);
    });
  }
});

/** A change is recorded, or the session is told why not. */
function assertTold(table: string, alter: string, { recorded, warnings }: Tried): void {
  assert.ok(warnings.every((warning) => warning.startsWith('document_sync: ')));
  assert.ok(recorded + warnings.length > 0 || updatesOnly.includes(table), `${alter}: lost in silence`);
}

interface Session {
  sql: postgres.Sql;
  warnings: string[];
}

function openSession(url: string): Session {
  const warnings: string[] = [];
  const onnotice = ({ severity, message }: postgres.Notice) => {
    if (severity === 'WARNING') warnings.push(message ?? '');
  };
  return { sql: postgres(url, { max: 1, onnotice }), warnings };
}

async function columnsOf({ sql }: TestDatabase, table: string): Promise<string[]> {
  const columns = await sql<{ name: string }[]>`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;
  return columns.map(({ name }) => name);
}

/** The constraints that would forbid another type are dropped before, as Flagsmith's migrations do. */
async function altersOf({ sql }: TestDatabase, table: string, column: string): Promise<string[]> {
  const constraints = await sql<{ name: string; table: string }[]>`
    SELECT conname AS name, conrelid::regclass::text AS table
    FROM pg_constraint
    JOIN pg_attribute ON attrelid = ${table}::regclass AND attname = ${column}
    WHERE contype = 'f' AND (conrelid = attrelid AND attnum = ANY (conkey) OR confrelid = attrelid AND attnum = ANY (confkey))`;
  const drops = constraints.map((one) => `ALTER TABLE ${one.table} DROP CONSTRAINT ${one.name};`);
  const alter = `ALTER TABLE ${table}`;
  return [
    `${alter} DROP COLUMN ${column} CASCADE`,
    `${alter} RENAME COLUMN ${column} TO renamed`,
    `${drops.join(' ')} ${alter} ALTER COLUMN ${column} DROP IDENTITY IF EXISTS;
      ${alter} ALTER COLUMN ${column} DROP DEFAULT, ALTER COLUMN ${column} TYPE text USING ${column}::text`,
  ];
}

/** Writes to every row of the table in each way there is. */
const write = (table: string, column: string) => `
  WITH kept AS (DELETE FROM ${table} RETURNING *) INSERT INTO ${table} SELECT * FROM kept;
  UPDATE ${table} SET ${column} = ${column}`;

/** Undone afterwards. */
async function tryOut({ sql, warnings }: Session, alter: string, writes: string): Promise<Tried> {
  warnings.length = 0;
  await sql.unsafe('BEGIN');
  try {
    await sql.unsafe(alter);
    await sql.unsafe(writes);
    const isOurs = (await sql`SELECT WHERE to_regclass('document_sync.outbox') IS NOT NULL`).length > 0;
    const recorded = isOurs ? (await sql`SELECT FROM document_sync.outbox`).length : 0;
    return { outcome: 'done', recorded, warnings: [...warnings] };
  } catch (error) {
    return { outcome: (error as { code: string }).code, recorded: 0, warnings: [...warnings] };
  } finally {
    await sql.unsafe('ROLLBACK');
  }
}
