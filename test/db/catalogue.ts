import type { Sql } from 'postgres';

/** All that a database is made of but its rows: relations, columns, constraints, indexes, triggers, functions, rights. */
export async function catalogue(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    WITH place AS (
      SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    )
    SELECT format('schema %s %s', nspname, obj_description(oid)) AS line FROM place
    UNION ALL
    SELECT format('relation %s.%s %s %s %s %s', nspname, relname, relkind, relpersistence, relacl, reloptions)
    FROM pg_class JOIN place ON place.oid = relnamespace
    UNION ALL
    SELECT format('column %s.%s.%s %s %s %s %s %s', nspname, relname, attname, format_type(atttypid, atttypmod),
      attnotnull, attidentity, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    JOIN place ON place.oid = relnamespace
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid))
    FROM pg_constraint JOIN place ON place.oid = connamespace
    UNION ALL
    SELECT format('index %s', pg_get_indexdef(indexrelid))
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN place ON place.oid = relnamespace
    UNION ALL
    SELECT format('trigger %s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT format('function %s', pg_get_functiondef(pg_proc.oid)) FROM pg_proc JOIN place ON place.oid = pronamespace
    UNION ALL
    SELECT format('type %s %s', nspname, typname) FROM pg_type JOIN place ON place.oid = typnamespace
    ORDER BY line`;
  return rows.map(({ line }) => line);
}
