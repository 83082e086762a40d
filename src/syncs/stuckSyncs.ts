import { readEnvironmentKeys, type EnvironmentKey } from '../db/environmentKeys.js';
import { readStuckChanges, type WaitingChanges } from '../db/outboxWaiting.js';
import { type PauseWithChanges, readPauses } from '../db/pausedSyncs.js';
import { describePause, resumeCommand } from '../workflows/pause.js';
import { inOrder } from '../sweeps/inOrder.js';
import type { SyncsAccess } from './access.js';
import { describeSync, StatusQueries } from './describeSync.js';
import { listSyncs, UNSUCCESSFUL } from './listSyncs.js';
import type { SyncView } from './syncView.js';
import { isWrittenSince, type WrittenDeps } from './writtenSince.js';

/** An environment whose changes do not reach DynamoDB by themselves, or not soon. */
export interface StuckSync {
  /** Null: every environment of the project. */
  environmentId: number | null;
  /** Null where PostgreSQL does not know it, and for a pause of every project. */
  projectId: number | null;
  reason: string;
  /** UTC, ISO 8601. */
  since: string;
  /** Looks at the seeding, attempts of an activity, failed runs that Temporal still lists, or tries to hand a change over. */
  attempts: number;
  /** Its page in Temporal's web UI; null for what Temporal was not told of yet. */
  link: string | null;
}

export interface StuckReport {
  /** The longest stuck first. */
  stuck: StuckSync[];
  /** Servers that gave no answer: then something may be stuck that is not listed. */
  unanswered: { server: 'Temporal' | 'PostgreSQL' | 'DynamoDB'; error: string }[];
}

export interface StuckDeps extends SyncsAccess, WrittenDeps {}

/** Enough at a time to be through thousands in seconds, and no weight for a server that is already in trouble. */
export const SYNCS_AT_A_TIME = 10;
/** What is stuck for one reason in more places than that is not repaired one by one. */
const MAX_CHANGES = 1_000;
const KEYS_AT_A_TIME = 1_000;

/**
 * All that is stuck: syncs that wait longer than seeding takes, or whose activity or next step keeps failing or is taken
 * by no worker; syncs of which the last run failed, and whose document was not written since by anybody; changes that do
 * not get from the outbox to Temporal; and pauses that changes wait for the end of. Needs SELECT only, and no search attribute.
 */
export async function stuckSyncs(deps: StuckDeps): Promise<StuckReport> {
  const unanswered: StuckReport['unanswered'] = [];
  const answer = async <T>(
    server: 'Temporal' | 'PostgreSQL' | 'DynamoDB',
    asked: Promise<T>,
    otherwise: T,
  ) => {
    try {
      return await asked;
    } catch (error) {
      unanswered.push({ server, error: error instanceof Error ? error.message : String(error) });
      return otherwise;
    }
  };
  const [syncs, changes, pauses] = await Promise.all([
    answer('Temporal', stuckInTemporal(deps), []),
    answer('PostgreSQL', readStuckChanges(deps.db, MAX_CHANGES), []),
    answer('PostgreSQL', readPauses(deps.db), []),
  ]);
  const keys = await answer('PostgreSQL', keysOf(deps, syncs, changes), new Map<number, EnvironmentKey>());
  const written = await answer('DynamoDB', writtenAmong(deps, syncs, keys), new Set<number>());
  const projectOf = (id: number | null) => (id === null ? undefined : keys.get(id)?.projectId) ?? null;
  const stuck = [
    ...syncs
      .filter(({ environmentId }) => !written.has(environmentId))
      .map((sync) => toStuck(sync, projectOf(sync.environmentId))),
    ...changes.map((change) => ({
      ...toStuckChange(change),
      projectId: change.projectId ?? projectOf(change.environmentId),
    })),
    ...pauses.filter(({ changes: waiting }) => waiting > 0).map(toStuckPause),
  ];
  return { stuck: stuck.sort(bySince), unanswered: withoutRepeats(unanswered) };
}

type Seen = SyncView & { failedRuns: number };

async function stuckInTemporal(access: SyncsAccess): Promise<Seen[]> {
  // Else each request would wait for its own deadline.
  await access.client.connection.ensureConnected();
  const failedRuns = new Map<number, number>();
  for await (const { environmentId } of listSyncs(access, UNSUCCESSFUL))
    failedRuns.set(environmentId, (failedRuns.get(environmentId) ?? 0) + 1);
  const environmentIds = new Set(failedRuns.keys());
  for await (const { environmentId } of listSyncs(access, ['Running'])) environmentIds.add(environmentId);

  const queries = new StatusQueries();
  const stuck: Seen[] = [];
  const views = inOrder(environmentIds, SYNCS_AT_A_TIME, (id) => describeSync(access, id, queries));
  for await (const view of views)
    if (view.isStuck) stuck.push({ ...view, failedRuns: failedRuns.get(view.environmentId) ?? 0 });
  return stuck;
}

async function keysOf(
  { db }: StuckDeps,
  syncs: SyncView[],
  changes: WaitingChanges[],
): Promise<Map<number, EnvironmentKey>> {
  const ids = [...syncs, ...changes].flatMap(({ environmentId }) => environmentId ?? []);
  const keys = new Map<number, EnvironmentKey>();
  for (let from = 0; from < ids.length; from += KEYS_AT_A_TIME)
    for (const key of await readEnvironmentKeys(db, ids.slice(from, from + KEYS_AT_A_TIME)))
      keys.set(key.id, key);
  return keys;
}

/** A rebuild, by whatever workflow, heals a failed sync without a run of its own. */
async function writtenAmong(
  deps: StuckDeps,
  syncs: SyncView[],
  keys: Map<number, EnvironmentKey>,
): Promise<Set<number>> {
  const failed = syncs.filter(({ run }) => run !== 'running');
  const checks = inOrder(failed, SYNCS_AT_A_TIME, async ({ environmentId, since }) => {
    const key = keys.get(environmentId);
    const isWritten = key !== undefined && since !== null && (await isWrittenSince(deps, key, since));
    return { environmentId, isWritten };
  });
  const written = new Set<number>();
  for await (const { environmentId, isWritten } of checks) if (isWritten) written.add(environmentId);
  return written;
}

const toStuck = ({ failedRuns, ...view }: Seen, projectId: number | null): StuckSync => ({
  environmentId: view.environmentId,
  projectId,
  reason: reasonOf(view),
  since: view.since ?? '',
  attempts: view.run === 'running' ? view.attempt : failedRuns,
  link: view.link,
});

function reasonOf({ run, state, reasons }: SyncView): string {
  const words = reasons.join('; ');
  if (run !== 'running') return `${run}: ${words}`;
  return state === 'waiting for seeding' ? `waiting for seeding: ${words}` : words;
}

const toStuckChange = ({ environmentId, attempts, rows, changedAt }: WaitingChanges) => ({
  environmentId,
  reason:
    `${counted(rows)} in the outbox: ` +
    (attempts > 0 ? 'Temporal did not take what it was told' : 'no worker takes what is due'),
  since: `${changedAt.slice(0, 23)}Z`,
  attempts,
  link: null,
});

const toStuckPause = (pause: PauseWithChanges): StuckSync => ({
  environmentId: null,
  projectId: pause.projectId,
  reason: `${describePause(pause)}: ${counted(pause.changes)} in the outbox; \`${resumeCommand(pause)}\``,
  since: `${pause.since.slice(0, 23)}Z`,
  attempts: 0,
  link: null,
});

const counted = (changes: number) => `${changes} change${changes === 1 ? '' : 's'}`;

const bySince = (a: StuckSync, b: StuckSync) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0);

const withoutRepeats = (unanswered: StuckReport['unanswered']) =>
  unanswered.filter(({ server }, i) => unanswered.findIndex((other) => other.server === server) === i);
