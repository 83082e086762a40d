import type { Database, DatabaseSession } from '../db/connect.js';
import { groupRows } from '../document/groupRows.js';
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
  /** Rows that stay for another try, and one of the reasons. */
  postponed: number;
  error?: unknown;
}

interface OutboxRow {
  id: string;
  projectId: number | null;
  environmentId: number | null;
  source: string;
  changedAt: string;
}

/** How many signals are under way at a time. */
const SIGNALS_AT_A_TIME = 100;
const MAX_POSTPONEMENT_S = 60;

/**
 * Hands the changes that are due to their environments' syncs. The rows stay locked until those accepted are deleted:
 * a crash repeats signals, never loses one, and several relays share the work.
 */
export async function relayBatch(deps: RelayDeps): Promise<RelayedBatch> {
  return await deps.db.transaction(async (tx) => {
    const rows = await claimDue(tx, deps.batchSize);
    if (rows.length === 0) return { claimed: 0, postponed: 0 };

    const changesByRow = await expandToEnvironments(tx, rows);
    const { refused, error } = await startSyncs(deps, coalesce([...changesByRow.values()].flat()));
    const [postponed, accepted] = partition(rows, (row) =>
      (changesByRow.get(row) ?? []).some(({ environmentId }) => refused.has(environmentId)),
    );
    await deleteAccepted(tx, accepted);
    await postpone(tx, postponed);
    return { claimed: rows.length, postponed: postponed.length, error };
  });
}

const claimDue = (tx: DatabaseSession, batchSize: number) => tx<OutboxRow[]>`
  SELECT
    id,
    project_id AS "projectId",
    environment_id AS "environmentId",
    source,
    to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "changedAt"
  FROM document_sync.outbox
  WHERE due_at <= clock_timestamp()
  ORDER BY due_at
  LIMIT ${batchSize}
  FOR UPDATE SKIP LOCKED`;

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
      const { projectId, environmentId, changedAt, source } = row;
      const ids =
        environmentId === null ? (byProject.get(projectId ?? 0) ?? []).map(({ id }) => id) : [environmentId];
      const seedingFinished = source === 'seeding_finished';
      return [row, ids.map((id) => ({ environmentId: id, projectId, changedAt, seedingFinished }))];
    }),
  );
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

async function deleteAccepted(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length > 0) await tx`DELETE FROM document_sync.outbox WHERE id = ANY (${ids(rows)}::bigint[])`;
}

async function postpone(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    UPDATE document_sync.outbox
    SET attempts = attempts + 1,
        due_at = clock_timestamp() + least(2 ^ least(attempts, 10), ${MAX_POSTPONEMENT_S}) * interval '1 second'
    WHERE id = ANY (${ids(rows)}::bigint[])`;
}

const ids = (rows: OutboxRow[]) => rows.map(({ id }) => id);

function partition<T>(items: T[], matches: (item: T) => boolean): [T[], T[]] {
  return [items.filter(matches), items.filter((item) => !matches(item))];
}
