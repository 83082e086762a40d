import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Database, sqlState, type Transaction } from './connect.js';

export interface MigrateOptions {
  instanceName: string;
  /** Adds what only the creation workflows need: `features_feature.is_creating`. */
  creationEnabled: boolean;
  /** Makes Flagsmith's own tables first; only in a database that holds no table yet. */
  baseline?: boolean;
  progress?: (line: string) => void;
}

interface Migration {
  name: string;
  statements: string;
}

const LOCK_NOT_AVAILABLE = '55P03';
const LOCK_TIMEOUT_MS = 200;
const LOCK_ATTEMPTS = 100;

/**
 * Brings the database to what this release needs; a second call changes nothing. Each migration is one transaction
 * and waits at most 200 ms for a lock, then lets go and tries again: Flagsmith's statements never queue behind ours
 * for longer.
 *
 * @throws if the database already belongs to an instance of another name, a baseline is asked for in a database
 * that holds tables, or a lock was not to be had in 100 tries.
 */
export async function migrate(db: Database, options: MigrateOptions): Promise<void> {
  await createBookkeeping(db);
  if (options.baseline) await applyBaseline(db, options);
  await applyAll(db, 'sync', options);
  if (options.creationEnabled) await applyAll(db, 'creation', options);
  await claimInstance(db, options.instanceName);
}

/** @throws unless `migrate` gave this database this instance's name. */
export async function requireInstance(db: Database, instanceName: string): Promise<void> {
  const [found] = await db<{ name: string }[]>`SELECT name FROM document_sync.instance`.catch(
    (error: unknown) => {
      if (['42P01', '3F000'].includes(sqlState(error) ?? ''))
        throw new Error('This database is not prepared: run `envsync migrate` first.', { cause: error });
      throw error;
    },
  );
  if (!found) throw new Error('This database has no instance name: run `envsync migrate` to the end first.');
  if (found.name !== instanceName) throw otherInstance(found.name, instanceName);
}

async function createBookkeeping(db: Database): Promise<void> {
  await withLockRetries(db, async (tx) => {
    await tx`CREATE SCHEMA IF NOT EXISTS document_sync`;
    await tx`CREATE TABLE IF NOT EXISTS document_sync.migration (
      name text PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`;
  });
}

async function applyBaseline(db: Database, options: MigrateOptions): Promise<void> {
  const [state] = await db<{ applied: boolean; tables: number }[]>`
    SELECT
      EXISTS (SELECT FROM document_sync.migration WHERE name LIKE 'baseline/%') AS applied,
      (SELECT count(*)::integer FROM pg_catalog.pg_tables WHERE schemaname = 'public') AS tables`;
  if (state && !state.applied && state.tables > 0) {
    throw new Error(
      `The baseline makes Flagsmith's tables in an empty database, and this one holds ${state.tables} already. ` +
        'On a Flagsmith database run `envsync migrate` without --baseline.',
    );
  }
  await applyAll(db, 'baseline', options);
}

async function applyAll(db: Database, folder: string, { progress }: MigrateOptions): Promise<void> {
  for (const migration of await readMigrations(folder)) {
    const applied = await withLockRetries(db, (tx) => applyOnce(tx, migration));
    progress?.(`${applied ? 'applied' : 'already there'}: ${migration.name}`);
  }
}

async function applyOnce(tx: Transaction, { name, statements }: Migration): Promise<boolean> {
  const recorded = await tx`
    INSERT INTO document_sync.migration (name) VALUES (${name}) ON CONFLICT DO NOTHING RETURNING name`;
  if (recorded.length === 0) return false;
  await tx.script(statements);
  return true;
}

async function withLockRetries<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(async (tx) => {
        await tx.script(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
        // Two migrations at the same time take turns.
        await tx`SELECT pg_advisory_xact_lock(hashtext('document_sync.migrate'))`;
        return await work(tx);
      });
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      if (attempt >= LOCK_ATTEMPTS) {
        throw new Error(
          `No lock within ${LOCK_ATTEMPTS} tries of ${LOCK_TIMEOUT_MS} ms: try again at a quieter time.`,
          {
            cause: error,
          },
        );
      }
      await delay(LOCK_TIMEOUT_MS);
    }
  }
}

async function claimInstance(db: Database, instanceName: string): Promise<void> {
  await db`INSERT INTO document_sync.instance (name) VALUES (${instanceName}) ON CONFLICT DO NOTHING`;
  await requireInstance(db, instanceName);
}

const otherInstance = (found: string, expected: string) =>
  new Error(
    `This database belongs to the instance "${found}", not "${expected}": set INSTANCE_NAME=${found}.`,
  );

async function readMigrations(folder: string): Promise<Migration[]> {
  const directory = new URL(`../../drizzle/${folder}/`, import.meta.url);
  const files = (await readdir(fileURLToPath(directory))).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: `${folder}/${file}`,
      statements: await readFile(new URL(file, directory), 'utf8'),
    })),
  );
}
