import type { Database, DatabaseSession } from '../db/connect.js';
import { groupRows } from '../document/groupRows.js';
import { claimDue, lookAtDue, type OutboxPart, type OutboxRow } from './claimDue.js';
import { expandProjects } from './expandProjects.js';
import { deleteRows, postponeRows } from './settleRows.js';
import type { EnvironmentChange } from './startSync.js';

export interface RelayDeps extends OutboxPart {
  db: Database;
  /** Resolves once Temporal has accepted the change for the environment's sync. */
  startSync: (change: EnvironmentChange) => Promise<void>;
  /** The most environments told at a time. */
  batchSize: number;
}

export interface RelayedBatch {
  /** Outbox rows. */
  claimed: number;
  /** Of these, the ones that stay for another try, and one of the reasons. */
  postponed: number;
  error?: unknown;
  /** Whether more is waiting already. */
  more: boolean;
}

/**
 * Hands the changes that are due to their environments' syncs. The rows stay locked until those accepted are deleted:
 * a crash repeats signals, never loses one, and several relays share the work. Of Flagsmith's tables none is locked
 * meanwhile, not even against a migration.
 */
export async function relayBatch(deps: RelayDeps): Promise<RelayedBatch> {
  const { db, startSync, batchSize } = deps;
  const projects = await lookAtDue(db, deps);
  if (projects.length === 0) return { claimed: 0, postponed: 0, more: false };
  if (projects.some(({ isWhole }) => isWhole)) await expandProjects(db);

  return await db.transaction(async (tx) => {
    const rows = await claimDue(tx, deps, projects, batchSize);
    const byEnvironment = groupRows(rows, ({ environmentId }) => environmentId);
    const { refused, error } = await startSyncs(startSync, [...byEnvironment.values()].map(coalesce));
    const postponed = await settle(tx, rows, refused);
    return { claimed: rows.length, postponed, error, more: byEnvironment.size >= batchSize };
  });
}

/** One change an environment: a burst costs it one signal, with the time of the oldest. */
function coalesce(rows: OutboxRow[]): EnvironmentChange {
  const [oldest] = rows.sort((a, b) => (a.changedAt < b.changedAt ? -1 : 1));
  if (!oldest) throw new Error('An environment without a row.');
  const { environmentId, organisationId, projectId, changedAt } = oldest;
  const seedingFinished = rows.some(({ source }) => source === 'seeding_finished');
  return { environmentId, organisationId, projectId, changedAt, seedingFinished };
}

/** Signals them all, whatever becomes of single ones: one environment in trouble never holds back another. */
async function startSyncs(
  startSync: RelayDeps['startSync'],
  changes: EnvironmentChange[],
): Promise<{ refused: Set<number>; error?: unknown }> {
  const refused = new Set<number>();
  let error: unknown;
  const results = await Promise.allSettled(changes.map((change) => startSync(change)));
  results.forEach((result, i) => {
    const change = changes[i];
    if (result.status === 'fulfilled' || !change) return;
    refused.add(change.environmentId);
    error = result.reason;
  });
  return { refused, error };
}

/** Deletes what was accepted and leaves the rest for later. Gives how many rows that is. */
async function settle(tx: DatabaseSession, rows: OutboxRow[], refused: Set<number>): Promise<number> {
  const postponed = rows.filter(({ environmentId }) => refused.has(environmentId));
  await deleteRows(
    tx,
    rows.filter(({ environmentId }) => !refused.has(environmentId)),
  );
  await postponeRows(tx, postponed);
  return postponed.length;
}
