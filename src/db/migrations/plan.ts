import type { DatabaseSession } from '../connect.js';
import { requireFlagsmith } from '../recognizeFlagsmith.js';
import { type Migration, readMigrations } from './files.js';
import { requireRights } from './missingRights.js';

export interface PlanOptions {
  /** Adds what only the creation workflows need: `features_feature.is_creating`. */
  creationEnabled: boolean;
  /** Makes Flagsmith's own tables first; only in a database that holds no table yet. */
  baseline?: boolean;
  /** Leaves out the triggers for what leaves no audit row. */
  withoutNet?: boolean;
}

export interface Plan {
  /** All that was asked for, in its order, whether applied or not. */
  migrations: Migration[];
  pending: Migration[];
  /** Whose tables these are: `embedded` where a baseline made them. */
  origin: 'adopted' | 'embedded';
  /** The net is in the database although it was asked to be left out. */
  netIsThere: boolean;
}

/** Where `migrate` keeps which migrations it has applied. */
export const BOOKKEEPING = `CREATE SCHEMA IF NOT EXISTS document_sync;
CREATE TABLE IF NOT EXISTS document_sync.migration (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);`;

/**
 * What a migration would do; changes nothing.
 *
 * @throws where it could not be done: the database is not Flagsmith's, holds tables where a baseline is asked for, or
 * the role lacks rights
 */
export async function planMigrations(db: DatabaseSession, options: PlanOptions): Promise<Plan> {
  const { baseline = false, withoutNet = false, creationEnabled } = options;
  const applied = await appliedNames(db);
  const isEmbedded = [...applied].some((name) => name.startsWith('baseline/'));
  if (!baseline) await requireFlagsmith(db);
  else if (!isEmbedded) await requireNoTables(db);

  const migrations = [
    ...(baseline ? await readMigrations('baseline') : []),
    ...(await readMigrations('sync')),
    ...(withoutNet ? [] : await readMigrations('net')),
    ...(creationEnabled ? await readMigrations('creation') : []),
  ];
  const pending = migrations.filter(({ name }) => !applied.has(name));
  await requireRights(db, pending);
  return {
    migrations,
    pending,
    origin: baseline || isEmbedded ? 'embedded' : 'adopted',
    netIsThere: withoutNet && [...applied].some((name) => name.startsWith('net/')),
  };
}

/** The names of the migrations that the database has; none where it was never prepared. */
export async function appliedNames(db: DatabaseSession): Promise<Set<string>> {
  const [table] = await db`SELECT WHERE to_regclass('document_sync.migration') IS NOT NULL`;
  if (!table) return new Set();
  const rows = await db<{ name: string }[]>`SELECT name FROM document_sync.migration`;
  return new Set(rows.map(({ name }) => name));
}

/** @throws if there are tables, other than those of a baseline that somebody else is making at this moment */
export async function requireNoTables(db: DatabaseSession): Promise<void> {
  const [{ tables } = { tables: 0 }] = await db<{ tables: number }[]>`
    SELECT count(*)::integer AS tables FROM pg_catalog.pg_tables WHERE schemaname = 'public'`;
  // Asked a second time: between the first and the count a migration at the same moment may have begun.
  if (tables === 0 || [...(await appliedNames(db))].some((name) => name.startsWith('baseline/'))) return;
  throw new Error(
    `The baseline makes Flagsmith's tables in an empty database, and this one holds ${tables} already. ` +
      'On a Flagsmith database run `envsync migrate` without --baseline.',
  );
}
