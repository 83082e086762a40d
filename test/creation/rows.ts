import type { Sql } from 'postgres';

/** An environment default, with what hangs on it. */
export interface StateRow {
  environment_id: number;
  feature_id: number;
  enabled: boolean;
  version: number | null;
  type: string | null;
  value: string | number | boolean | null;
  multivariate: { option_id: number; percentage: number }[];
}

/** The project's environment defaults, by environment and feature. */
export async function readStates(sql: Sql, projectId: number): Promise<StateRow[]> {
  return [
    ...(await sql<StateRow[]>`
      SELECT
        state.environment_id, state.feature_id, state.enabled, state.version, value.type,
        coalesce(to_jsonb(value.string_value), to_jsonb(value.integer_value), to_jsonb(value.boolean_value)) AS value,
        coalesce((
          SELECT jsonb_agg(
            jsonb_build_object('option_id', mv.multivariate_feature_option_id, 'percentage', mv.percentage_allocation)
            ORDER BY mv.multivariate_feature_option_id)
          FROM multivariate_multivariatefeaturestatevalue AS mv WHERE mv.feature_state_id = state.id
        ), '[]') AS multivariate
      FROM features_featurestate AS state
      JOIN features_feature AS feature ON feature.id = state.feature_id AND feature.project_id = ${projectId}
      LEFT JOIN features_featurestatevalue AS value ON value.feature_state_id = state.id
      WHERE state.identity_id IS NULL AND state.feature_segment_id IS NULL AND state.deleted_at IS NULL
      ORDER BY state.environment_id, state.feature_id, state.id`),
  ];
}

/** How many rows each of Flagsmith's tables holds; those without any are left out. */
export async function countRows(sql: Sql): Promise<Record<string, number>> {
  const [counts] = await sql<{ tables: Record<string, number> }[]>`
    SELECT jsonb_object_agg(name, count) AS tables FROM (
      SELECT
        tablename AS name,
        (xpath('//c/text()', query_to_xml(format('SELECT count(*) AS c FROM public.%I', tablename), false, true, '')))[1]
          ::text::integer AS count
      FROM pg_tables WHERE schemaname = 'public'
    ) AS counted WHERE count > 0`;
  return counts!.tables;
}

/** How many rows were added, by table. */
export async function rowsAdded(sql: Sql, act: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await countRows(sql);
  await act();
  const after = Object.entries(await countRows(sql));
  return Object.fromEntries(
    after
      .map(([table, count]) => [table, count - (before[table] ?? 0)] as const)
      .filter(([, added]) => added !== 0),
  );
}

/** The seeding flag of each row that the table is given from now on, as every commit shows it. */
export async function watchFlags(sql: Sql, table: string): Promise<() => Promise<boolean[]>> {
  await sql.unsafe(`
    CREATE TABLE flags_of_${table} (n integer GENERATED ALWAYS AS IDENTITY, is_creating boolean);
    CREATE FUNCTION watch_${table}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO flags_of_${table} (is_creating) VALUES (NEW.is_creating); RETURN NULL; END $$;
    CREATE TRIGGER watch AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION watch_${table}()`);
  return async () => {
    const rows = await sql<{ is_creating: boolean }[]>`
      SELECT is_creating FROM ${sql(`flags_of_${table}`)} ORDER BY n`;
    return rows.map((row) => row.is_creating);
  };
}
