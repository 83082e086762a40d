import type { Database, DatabaseSession } from '../db/connect.js';
import { groupRows } from '../document/groupRows.js';
import { claimDue, type OutboxRow } from './claimDue.js';
import { deleteRows, narrowRow, postponeRows } from './settleRows.js';
import type { EnvironmentChange } from './startSync.js';

export interface RelayDeps {
  db: Database;
  /** Resolves once Temporal has accepted the change for the environment's sync. */
  startSync: (change: EnvironmentChange) => Promise<void>;
  /** The most outbox rows claimed at a time. */
  batchSize: number;
}

export interface RelayedBatch {
  claimed: number;
  /** Rows that stay, in whole or in part, for another try, and one of the reasons. */
  postponed: number;
  error?: unknown;
}

/** How many signals are under way at a time. */
const SIGNALS_AT_A_TIME = 100;

/**
 * Hands the changes that are due to their environments' syncs. The rows stay locked until those accepted are deleted:
 * a crash repeats signals, never loses one, and several relays share the work.
 */
export async function relayBatch(deps: RelayDeps): Promise<RelayedBatch> {
  return await deps.db.transaction(async (tx) => {
    const rows = await claimDue(tx, deps.batchSize);
    if (rows.length === 0) return { claimed: 0, postponed: 0 };

    const changesByRow = await expandToEnvironments(tx, rows);
    const { refused, error } = await startSyncs(deps, coalesce(takingTurns([...changesByRow.values()])));
    const postponed = await settle(tx, changesByRow, refused);
    return { claimed: rows.length, postponed, error };
  });
}

/** A row without an environment stands for all of its project that are not deleted. */
async function expandToEnvironments(
  tx: DatabaseSession,
  rows: OutboxRow[],
): Promise<Map<OutboxRow, EnvironmentChange[]>> {
  const projectIds = rows.filter((row) => row.environmentId === null).map((row) => row.projectId);
  const environments = await tx<{ id: number; projectId: number }[]>`
    SELECT id, project_id AS "projectId" FROM public.environments_environment
    WHERE project_id = ANY (${projectIds}::integer[]) AND deleted_at IS NULL`;
  const byProject = groupRows(environments, ({ projectId }) => projectId);

  return new Map(
    rows.map((row) => {
      const { organisationId, projectId, environmentId, changedAt, source } = row;
      const ids =
        environmentId === null ? (byProject.get(projectId ?? 0) ?? []).map(({ id }) => id) : [environmentId];
      const seedingFinished = source === 'seeding_finished';
      return [
        row,
        ids.map((id) => ({ environmentId: id, organisationId, projectId, changedAt, seedingFinished })),
      ];
    }),
  );
}

/** The first of each row, then the second of each …: a project of many environments lets the others pass. */
function takingTurns(changesOfRows: EnvironmentChange[][]): EnvironmentChange[] {
  const turns = Math.max(...changesOfRows.map((changes) => changes.length));
  return Array.from({ length: turns }, (_, turn) =>
    changesOfRows.flatMap((changes) => changes[turn] ?? []),
  ).flat();
}

/** One change an environment: a burst costs it one signal, with the time of the oldest. */
function coalesce(changes: EnvironmentChange[]): EnvironmentChange[] {
  const byEnvironment = new Map<number, EnvironmentChange>();
  for (const change of changes) {
    const known = byEnvironment.get(change.environmentId);
    byEnvironment.set(change.environmentId, {
      ...change,
      changedAt: known && known.changedAt < change.changedAt ? known.changedAt : change.changedAt,
      seedingFinished: change.seedingFinished || (known?.seedingFinished ?? false),
    });
  }
  return [...byEnvironment.values()];
}

/** Signals them all, whatever becomes of single ones: one environment in trouble never holds back another. */
async function startSyncs(
  deps: RelayDeps,
  changes: EnvironmentChange[],
): Promise<{ refused: Set<number>; error?: unknown }> {
  const refused = new Set<number>();
  let error: unknown;
  for (let start = 0; start < changes.length; start += SIGNALS_AT_A_TIME) {
    const slice = changes.slice(start, start + SIGNALS_AT_A_TIME);
    const results = await Promise.allSettled(slice.map((change) => deps.startSync(change)));
    results.forEach((result, i) => {
      const change = slice[i];
      if (result.status === 'fulfilled' || !change) return;
      refused.add(change.environmentId);
      error = result.reason;
    });
  }
  return { refused, error };
}

/**
 * Deletes what was accepted and leaves the rest for later. Of a project's row only the environments that were refused
 * stay: the others would be told again each time.
 *
 * @returns how many rows were not accepted as a whole
 */
async function settle(
  tx: DatabaseSession,
  changesByRow: Map<OutboxRow, EnvironmentChange[]>,
  refused: Set<number>,
): Promise<number> {
  const accepted: OutboxRow[] = [];
  const postponed: OutboxRow[] = [];
  const narrowed: [OutboxRow, number[]][] = [];
  for (const [row, changes] of changesByRow) {
    const left = changes.map(({ environmentId }) => environmentId).filter((id) => refused.has(id));
    if (left.length === 0) accepted.push(row);
    else if (left.length === changes.length) postponed.push(row);
    else narrowed.push([row, left]);
  }
  await deleteRows(tx, accepted);
  await postponeRows(tx, postponed);
  for (const [row, environmentIds] of narrowed) await narrowRow(tx, row, environmentIds);
  return postponed.length + narrowed.length;
}
