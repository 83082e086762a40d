import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { eq } from 'drizzle-orm';
import { getTableConfig, type PgColumn } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as schema from '../../src/db/schema/index.js';
import { useDatabase } from '../support/database.js';

const SCENARIOS = new URL('../fixtures/scenarios/', import.meta.url);
const FOREIGN_KEY_VIOLATION = '23503';
/** Added by our own migration, on top of what Flagsmith has. */
const OURS = ['features_feature.is_creating'];

interface ColumnFacts {
  name: string;
  type: string;
  notNull: boolean;
  identity: boolean;
  primary: boolean;
}

describe("Flagsmith's tables in drizzle", () => {
  const database = useDatabase({ template: 'baseline' });

  it('have the tables, columns, types, nullability and keys of the baseline', async () => {
    assert.deepEqual(
      describedColumns().filter((line) => !OURS.some((ours) => line.startsWith(ours))),
      await storedColumns(database.sql),
    );
  });

  it('give a timestamp back to the microsecond', async () => {
    await loadScenario(database.url, 'g_integrations');
    const [environment] = await drizzle(database.sql)
      .select({ updatedAt: schema.environments.updatedAt })
      .from(schema.environments)
      .where(eq(schema.environments.id, 1001));
    assert.match(environment!.updatedAt, /\.789012\+00$/);
  });
});

describe("the baseline's foreign keys", () => {
  const database = useDatabase({ template: 'baseline' });

  it('are all of them checked at commit', async () => {
    const foreignKeys = await database.sql<{ conname: string; deferred: boolean }[]>`
      SELECT conname, condeferrable AND condeferred AS deferred
      FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`;
    assert.notEqual(foreignKeys.length, 0);
    assert.deepEqual(
      foreignKeys.filter((key) => !key.deferred),
      [],
    );
  });

  it('let a row in before its parent, and refuse the commit while there is none', async () => {
    let inserted = 0;
    const orphan = database.sql.begin(async (tx) => {
      const { count } = await tx`INSERT INTO features_feature_tags (feature_id, tag_id) VALUES (1, 1)`;
      inserted = count;
    });
    await assert.rejects(orphan, { code: FOREIGN_KEY_VIOLATION });
    assert.equal(inserted, 1);
  });
});

for (const scenario of readdirSync(SCENARIOS)) {
  describe(`the baseline, given the rows of ${scenario}`, () => {
    const database = useDatabase({ template: 'baseline' });

    it('holds every one of them after the commit', async () => {
      const expected = rowsByTable(await loadScenario(database.url, scenario));
      assert.notEqual(expected.size, 0);
      assert.deepEqual(await countRows(database.sql, [...expected.keys()]), expected);
    });
  });
}

/** Loads a scenario's rows on a connection of its own, as they change its settings, and gives their SQL back. */
async function loadScenario(url: string, scenario: string): Promise<string> {
  const rows = gunzipSync(readFileSync(new URL(`${scenario}/rows.sql.gz`, SCENARIOS))).toString();
  const connection = postgres(url, { max: 1 });
  try {
    await connection.unsafe(rows);
  } finally {
    await connection.end();
  }
  return rows;
}

function rowsByTable(rows: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, table] of rows.matchAll(/^INSERT INTO public\.(\w+) /gm))
    counts.set(table!, (counts.get(table!) ?? 0) + 1);
  return counts;
}

async function countRows(sql: postgres.Sql, tables: string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const table of tables) {
    const [row] = await sql<{ count: number }[]>`SELECT count(*)::integer AS count FROM ${sql(table)}`;
    counts.set(table, row!.count);
  }
  return counts;
}

function describedColumns(): string[] {
  return Object.values(schema)
    .map((table) => getTableConfig(table))
    .flatMap((table) => table.columns.map((column) => columnLine(columnFacts(table.name, column))))
    .sort();
}

const columnFacts = (table: string, column: PgColumn): ColumnFacts => ({
  name: `${table}.${column.name}`,
  type: column.getSQLType().replace(/^varchar/, 'character varying'),
  notNull: column.notNull,
  identity: column.generatedIdentity?.type === 'byDefault',
  primary: column.primary,
});

async function storedColumns(sql: postgres.Sql): Promise<string[]> {
  const columns = await sql<ColumnFacts[]>`
    SELECT
      relname || '.' || attname AS name,
      format_type(atttypid, atttypmod) AS type,
      attnotnull AS "notNull",
      attidentity = 'd' AS identity,
      EXISTS (
        SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary AND attnum = ANY (indkey)
      ) AS primary
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped`;
  return columns.map(columnLine).sort();
}

/** One line a column, so that a difference reads as one. */
const columnLine = ({ name, type, notNull, identity, primary }: ColumnFacts): string =>
  [name, type, notNull && 'not null', identity && 'identity', primary && 'primary key']
    .filter(Boolean)
    .join(' ');
