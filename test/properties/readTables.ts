import type postgres from 'postgres';
import { TABLE_NAMES, type Tables } from './tables.js';

/** All rows of Flagsmith's tables that matter to documents. */
export async function readTables(sql: postgres.Sql): Promise<Tables> {
  const entries = await Promise.all(
    TABLE_NAMES.map(async (name) => {
      const [row] = await sql<{ rows: object[] }[]>`
        SELECT coalesce(json_agg(t ORDER BY ctid), '[]') AS rows FROM ${sql(name)} t`;
      return [name, row!.rows] as const;
    }),
  );
  return Object.fromEntries(entries) as unknown as Tables;
}
