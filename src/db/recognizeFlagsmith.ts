import type { DatabaseSession } from './connect.js';
import { READ_COLUMNS } from './readColumns.js';

/** What of Flagsmith this product needs and does not find: `table` or `table.column`, all of it. */
export async function missingInFlagsmith(db: DatabaseSession): Promise<string[]> {
  const found = await db<{ table: string; columns: string[] }[]>`
    SELECT relname AS table, array_agg(attname::text) AS columns
    FROM pg_catalog.pg_class
    JOIN pg_catalog.pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = to_regnamespace('public') AND relname = ANY (${Object.keys(READ_COLUMNS)}::text[])
    GROUP BY relname`;
  const columnsOf = new Map(found.map(({ table, columns }) => [table, columns]));
  return Object.entries(READ_COLUMNS).flatMap(([table, wanted]) => {
    const columns = columnsOf.get(table);
    if (!columns) return [table];
    return wanted.filter((column) => !columns.includes(column)).map((column) => `${table}.${column}`);
  });
}

/** @throws naming all that is missing, unless the database is one of Flagsmith's that this product can read */
export async function requireFlagsmith(db: DatabaseSession): Promise<void> {
  const missing = await missingInFlagsmith(db);
  if (missing.length === 0) return;
  if (missing.length === Object.keys(READ_COLUMNS).length && missing.every((name) => name in READ_COLUMNS))
    throw new Error(
      "This database has none of Flagsmith's tables: is DATABASE_URL right, and has Flagsmith made them? " +
        'To try things out, `envsync migrate --baseline` makes them in an empty database.',
    );
  throw new Error(
    "This is not a Flagsmith database as this product knows it. Its migrations may not have run to the end, or it's of " +
      `another release. Missing:\n${missing.map((name) => `  - ${name}`).join('\n')}`,
  );
}
