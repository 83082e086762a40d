import { type DatabaseSession, sqlState } from '../connect.js';
import { READ_COLUMNS } from '../readColumns.js';
import { type Migration, triggersMadeBy } from './files.js';

/** A right that the present role lacks, and the statement of whoever may grant it. */
interface MissingRight {
  right: string;
  remedy: string;
}

/** @throws naming each right that the migrations take and the present role lacks, and how it is granted */
export async function requireRights(db: DatabaseSession, pending: Migration[]): Promise<void> {
  if (pending.length === 0) return;
  const missing = (
    await Promise.all([
      lackedOnDatabase(db),
      lackedOnTables(db, 'TRIGGER', [...new Set(triggersMadeBy(pending).map(({ table }) => table))]),
      // The functions behind the triggers read with the rights of the role that made them.
      lackedOnTables(db, 'SELECT', isBaseline(pending) ? [] : Object.keys(READ_COLUMNS).map(inPublic)),
      pending.some(({ folder }) => folder === 'creation') ? lackedToAddColumn(db) : [],
    ])
  ).flat();
  if (missing.length > 0) throw new Error(await explain(db, missing));
}

/** What PostgreSQL refused nevertheless, with what to do about it. */
export const explainRefusal = (error: unknown): unknown => {
  const INSUFFICIENT_PRIVILEGE = '42501';
  if (sqlState(error) !== INSUFFICIENT_PRIVILEGE || !(error instanceof Error)) return error;
  return new Error(
    `PostgreSQL refuses this to the role of DATABASE_URL: ${error.message}. Run it as the owner of Flagsmith's tables.`,
    { cause: error },
  );
};

const lackedOnDatabase = (db: DatabaseSession) => db<MissingRight[]>`
  SELECT
    CASE WHEN schema.oid IS NULL THEN format('CREATE on the database %I', current_database())
      ELSE 'ownership of the schema document_sync' END AS right,
    CASE WHEN schema.oid IS NULL THEN format('GRANT CREATE ON DATABASE %I TO %I;', current_database(), current_user)
      ELSE format('GRANT %I TO %I;', pg_get_userbyid(schema.nspowner), current_user) END AS remedy
  FROM (SELECT) AS one_row LEFT JOIN pg_namespace AS schema ON nspname = 'document_sync'
  WHERE CASE WHEN schema.oid IS NULL THEN NOT has_database_privilege(current_database(), 'CREATE')
    ELSE NOT pg_has_role(schema.nspowner, 'USAGE') END`;

const lackedOnTables = (db: DatabaseSession, right: 'TRIGGER' | 'SELECT', tables: string[]) => db<
  MissingRight[]
>`
  SELECT
    format('%s on %s', ${right}::text, name) AS right,
    format('GRANT %s ON %s TO %I;', ${right}::text, name, current_user) AS remedy
  FROM unnest(${tables}::text[]) AS name
  WHERE to_regclass(name) IS NOT NULL AND NOT has_table_privilege(to_regclass(name), ${right})`;

const lackedToAddColumn = (db: DatabaseSession) => db<MissingRight[]>`
  SELECT
    'ownership of public.features_feature, to add the column is_creating (CREATION_ENABLED)' AS right,
    format('GRANT %I TO %I;', pg_get_userbyid(relowner), current_user) AS remedy
  FROM pg_class
  WHERE oid = to_regclass('public.features_feature') AND NOT pg_has_role(relowner, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = oid AND attname = 'is_creating' AND NOT attisdropped)`;

async function explain(db: DatabaseSession, missing: MissingRight[]): Promise<string> {
  const [role] = await db<{ name: string }[]>`SELECT current_user AS name`;
  return [
    `The role "${role?.name ?? ''}" lacks rights on this database. Run it as the owner of Flagsmith's tables, or grant:`,
    ...missing.map(({ right, remedy }) => `  - ${right}: ${remedy}`),
  ].join('\n');
}

const isBaseline = (pending: Migration[]) => pending.some(({ folder }) => folder === 'baseline');

const inPublic = (table: string) => `public.${table}`;
