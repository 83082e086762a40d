import { sql } from 'drizzle-orm';
import type { Database, Fragment } from '../connect.js';
import { Query } from '../query.js';

/** Columns that a row takes over from another, as lists for one `INSERT … SELECT`. */
export interface CopiedColumns {
  names: Fragment;
  values: Fragment;
}

/**
 * The table's columns except those that the copy is given anew; values are read under `alias`. Asked of the catalogue, so
 * that a column which a newer Flagsmith brings is carried over too.
 */
export async function copiedColumns(
  db: Database,
  table: string,
  alias: string,
  givenAnew: string[],
): Promise<CopiedColumns> {
  const [columns] = await db<{ names: string; values: string }[]>`
    SELECT
      string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names,
      string_agg(quote_ident(${alias}) || '.' || quote_ident(attname), ', ' ORDER BY attnum) AS values
    FROM pg_catalog.pg_attribute
    WHERE attrelid = ${`public.${table}`}::text::regclass
      AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> ALL (${givenAnew}::text[])`;
  if (!columns) throw new Error('An aggregate without groups gives one row.');
  return { names: fragment(columns.names), values: fragment(columns.values) };
}

/** Of a text that PostgreSQL has quoted. */
const fragment = (quoted: string): Fragment =>
  new Query(sql.raw(quoted), () =>
    Promise.reject(new Error('Part of a statement: cannot be sent by itself.')),
  );
