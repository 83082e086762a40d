import type { Database, DatabaseSession, Transaction } from './connect.js';
import { ownerOfFeatureFlag } from './isCreatingColumn.js';
import { functionsMadeBy, type MadeTrigger, readMigrations, triggersMadeBy } from './migrations/files.js';
import { inShortTransaction } from './migrations/inShortTransaction.js';
import { explainRefusal } from './migrations/missingRights.js';
import { appliedNames } from './migrations/plan.js';
import { dropFeatureFlag } from './prepareUpgrade.js';

/** One of the transactions that take something away. */
export interface Removal {
  what: string;
  remove: (tx: Transaction) => Promise<void>;
}

/** All that is ours in the database, in the order in which it can be taken away; empty where nothing is. */
export async function plannedRemovals(db: Database): Promise<Removal[]> {
  const [schema] = await db`SELECT WHERE to_regnamespace('document_sync') IS NOT NULL`;
  return [
    ...(await triggerRemovals(db)),
    ...((await ownerOfFeatureFlag(db)) === 'ours' && schema
      ? [{ what: 'column features_feature.is_creating', remove: dropOwnFeatureFlag }]
      : []),
    // Last, as a removal that was cut off is taken up again by what is left.
    ...(schema ? [{ what: `schema document_sync, with ${await contents(db)}`, remove: dropSchema }] : []),
  ];
}

/** The triggers of the net and their functions; a later `migrate` adds them again. */
export async function plannedNetRemovals(db: Database): Promise<Removal[]> {
  if (![...(await appliedNames(db))].some((name) => name.startsWith('net/'))) return [];
  const net = await readMigrations('net');
  const functions = functionsMadeBy(net);
  return [
    ...(await triggerRemovals(db, triggersMadeBy(net))),
    { what: `functions ${functions.join(', ')}`, remove: (tx) => forgetNet(tx, functions) },
  ];
}

/**
 * Removes what is planned. Each part is a transaction of its own that waits at most 200 ms for a lock, as in `migrate`:
 * broken off in between, it is taken up by the next call.
 */
export async function removeAll(
  db: Database,
  removals: Removal[],
  progress: (line: string) => void,
): Promise<void> {
  try {
    for (const { what, remove } of removals) {
      await inShortTransaction(db, remove);
      progress(`removed: ${what}`);
    }
  } catch (error) {
    throw explainRefusal(error);
  }
}

/** All that call a function of ours, whatever they are named, or only the ones given: one table a transaction. */
async function triggerRemovals(db: DatabaseSession, only?: MadeTrigger[]): Promise<Removal[]> {
  const tables = await db<{ table: string; triggers: string[] }[]>`
    SELECT format('%I.%I', nspname, relname) AS table, array_agg(quote_ident(tgname) ORDER BY tgname) AS triggers
    FROM pg_catalog.pg_trigger
    JOIN pg_catalog.pg_proc ON pg_proc.oid = tgfoid
    JOIN pg_catalog.pg_class ON pg_class.oid = tgrelid
    JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
    WHERE NOT tgisinternal AND pronamespace = to_regnamespace('document_sync')
    GROUP BY nspname, relname
    ORDER BY nspname, relname`;
  return tables.flatMap(({ table, triggers }) => {
    const names = triggers.filter(
      (name) => !only || only.some((made) => made.table === table && made.name === name),
    );
    return names.length === 0 ? [] : [dropTriggers(table, names)];
  });
}

const dropTriggers = (table: string, names: string[]): Removal => ({
  what: `triggers of ${table}: ${names.join(', ')}`,
  remove: (tx) => tx.script(names.map((name) => `DROP TRIGGER IF EXISTS ${name} ON ${table}`).join(';\n')),
});

/** Asked again behind the lock: somebody else may have been quicker. */
async function dropOwnFeatureFlag(tx: Transaction): Promise<void> {
  if ((await ownerOfFeatureFlag(tx)) === 'ours') await dropFeatureFlag(tx);
}

/** Fails rather than take along what somebody has built upon it from outside, such as a view of theirs. */
async function dropSchema(tx: Transaction): Promise<void> {
  const [dependent] = await tx<{ name: string }[]>`
    SELECT DISTINCT pg_describe_object('pg_class'::regclass, view.oid, 0) AS name
    FROM pg_catalog.pg_depend
    JOIN pg_catalog.pg_rewrite AS rule ON classid = 'pg_rewrite'::regclass AND rule.oid = objid
    JOIN pg_catalog.pg_class AS view ON view.oid = rule.ev_class
    JOIN pg_catalog.pg_class AS ours ON refclassid = 'pg_class'::regclass AND ours.oid = refobjid
    WHERE ours.relnamespace = to_regnamespace('document_sync') AND view.relnamespace <> ours.relnamespace`;
  if (dependent) throw new Error(`The ${dependent.name} reads document_sync: remove it first.`);
  await tx`DROP SCHEMA IF EXISTS document_sync CASCADE`;
}

async function forgetNet(tx: Transaction, functions: string[]): Promise<void> {
  await tx.script(functions.map((name) => `DROP FUNCTION IF EXISTS ${name}`).join(';\n'));
  await tx`DELETE FROM document_sync.migration WHERE name LIKE 'net/%'`;
}

async function contents(db: DatabaseSession): Promise<string> {
  const [counted] = await db<{ tables: number; functions: number }[]>`
    SELECT
      (SELECT count(*)::integer FROM pg_catalog.pg_class
        WHERE relnamespace = to_regnamespace('document_sync') AND relkind = 'r') AS tables,
      (SELECT count(*)::integer FROM pg_catalog.pg_proc
        WHERE pronamespace = to_regnamespace('document_sync')) AS functions`;
  return `${counted?.tables ?? 0} tables and ${counted?.functions ?? 0} functions`;
}
