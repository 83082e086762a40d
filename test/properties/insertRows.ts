import type postgres from 'postgres';
import type { Transaction } from '../../src/db/connect.js';
import type { ProjectPlan } from './projectPlan.js';
import { TABLE_NAMES, type Tables } from './tables.js';

/**
 * Gives every column of Flagsmith's tables a default, so that only what matters need be inserted; and room for texts
 * that no reader takes.
 */
export const prepareTables = (sql: postgres.Sql) => sql`
  DO $$
  DECLARE
    c record;
  BEGIN
    FOR c IN
      SELECT table_name, column_name, data_type FROM information_schema.columns
      WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
        AND data_type IN ('boolean', 'integer', 'bigint', 'double precision', 'uuid', 'character varying',
          'timestamp with time zone')
    LOOP
      EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I SET DEFAULT %s', c.table_name, c.column_name,
        CASE c.data_type
          WHEN 'boolean' THEN 'false'
          WHEN 'uuid' THEN 'gen_random_uuid()'
          WHEN 'character varying' THEN ''''''
          WHEN 'timestamp with time zone' THEN 'now()'
          ELSE '0'
        END);
    END LOOP;
    ALTER TABLE public.features_featurestatevalue ALTER COLUMN string_value TYPE text;
    ALTER TABLE public.multivariate_multivariatefeatureoption ALTER COLUMN string_value TYPE text;
  END $$`;

/** Inserts all rows in one round trip; what PostgreSQL would check at commit must hold, or never be committed. */
export async function insertRows(
  tx: Transaction,
  tables: Tables,
  order: ProjectPlan['insertion'],
): Promise<void> {
  const statements = TABLE_NAMES.map((name) => insertStatement(name, inOrder<object>(tables[name], order)));
  await tx.script(statements.join('\n'));
}

function insertStatement(table: string, rows: object[]): string {
  if (rows.length === 0) return '';
  const columns = Object.keys(rows[0]!).join(', ');
  const json = JSON.stringify(rows).replaceAll("'", "''");
  return `INSERT INTO public.${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::public.${table}, '${json}');`;
}

/** Rows lie in a table as they came: what has no order of its own tends to come back so. */
function inOrder<Row>(rows: Row[], order: ProjectPlan['insertion']): Row[] {
  if (order === 'ascending') return rows;
  if (order === 'descending') return rows.toReversed();
  const isEven = (_: Row, i: number) => i % 2 === 0;
  return [...rows.filter(isEven).toReversed(), ...rows.filter((row, i) => !isEven(row, i))];
}
