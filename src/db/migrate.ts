import { type Database, sqlState, type Transaction } from './connect.js';
import type { Migration } from './migrations/files.js';
import { inShortTransaction, LOCK_TIMEOUT_MS } from './migrations/inShortTransaction.js';
import { explainRefusal } from './migrations/missingRights.js';
import { BOOKKEEPING, type Plan, planMigrations, type PlanOptions } from './migrations/plan.js';
import { recordSource } from './sources.js';

export interface MigrateOptions extends PlanOptions {
  instanceName: string;
  progress?: (line: string) => void;
}

/**
 * Brings the database to what this release needs; a second call changes nothing. Each migration is one transaction
 * and waits at most 200 ms for a lock, then lets go and tries again: Flagsmith's statements never queue behind ours
 * for longer.
 *
 * @throws before it changes anything, if the database is not one of Flagsmith's, belongs to an instance of another name,
 * a baseline is asked for in a database that holds tables, or the role lacks rights; later, if a lock was not to be had
 * in 100 tries
 */
export async function migrate(db: Database, options: MigrateOptions): Promise<Plan> {
  const plan = await planMigrations(db, options);
  await requireUnclaimed(db, options.instanceName);
  try {
    if (plan.pending.length > 0) await inShortTransaction(db, (tx) => tx.script(BOOKKEEPING));
    for (const migration of plan.migrations) {
      const applied =
        plan.pending.includes(migration) && (await inShortTransaction(db, (tx) => applyOnce(tx, migration)));
      options.progress?.(`${applied ? 'applied' : 'already there'}: ${migration.name}`);
    }
    await recordSource(db);
    await claimInstance(db, options.instanceName);
  } catch (error) {
    throw explainRefusal(error);
  }
  return plan;
}

/** What `migrate` would run, as a script for psql; changes nothing. */
export async function migrationScript(db: Database, options: MigrateOptions): Promise<string> {
  const { pending } = await planMigrations(db, options);
  await requireUnclaimed(db, options.instanceName);
  if (pending.length === 0) return '-- Nothing to do: everything is there already.\n';
  const ends = `INSERT INTO document_sync.accepted_source (source)
SELECT system_identifier::text FROM pg_control_system()
WHERE NOT EXISTS (SELECT FROM document_sync.accepted_source);
INSERT INTO document_sync.instance (name) VALUES ('${options.instanceName}') ON CONFLICT DO NOTHING;`;
  return [
    inScript('bookkeeping', BOOKKEEPING),
    ...pending.map(({ name, statements }) =>
      inScript(name, `INSERT INTO document_sync.migration (name) VALUES ('${name}');\n${statements.trim()}`),
    ),
    inScript('which cluster and which instance this is', ends),
  ].join('\n');
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

/** The name of the instance that the database belongs to; undefined before `migrate`. */
export async function readInstance(db: Database): Promise<string | undefined> {
  const [table] = await db`SELECT WHERE to_regclass('document_sync.instance') IS NOT NULL`;
  if (!table) return undefined;
  const [found] = await db<{ name: string }[]>`SELECT name FROM document_sync.instance`;
  return found?.name;
}

async function applyOnce(tx: Transaction, { name, statements }: Migration): Promise<boolean> {
  const recorded = await tx`
    INSERT INTO document_sync.migration (name) VALUES (${name}) ON CONFLICT DO NOTHING RETURNING name`;
  if (recorded.length === 0) return false;
  await tx.script(statements);
  return true;
}

async function claimInstance(db: Database, instanceName: string): Promise<void> {
  await db`INSERT INTO document_sync.instance (name) VALUES (${instanceName}) ON CONFLICT DO NOTHING`;
  await requireInstance(db, instanceName);
}

/** Of a database that has not come so far yet nothing is asked. */
async function requireUnclaimed(db: Database, instanceName: string): Promise<void> {
  const found = await readInstance(db);
  if (found !== undefined && found !== instanceName) throw otherInstance(found, instanceName);
}

const otherInstance = (found: string, expected: string) =>
  new Error(
    `This database belongs to the instance "${found}", not "${expected}": set INSTANCE_NAME=${found}.`,
  );

const inScript = (title: string, statements: string) =>
  `-- ${title}\nBEGIN;\nSET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};\n${statements}\nCOMMIT;\n`;
