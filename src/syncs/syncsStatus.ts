import type { Database } from '../db/connect.js';
import { type OutboxState, readOutboxState } from '../db/outboxState.js';
import { type PauseWithChanges, readPauses } from '../db/pausedSyncs.js';
import { inOrder } from '../sweeps/inOrder.js';
import type { SyncState } from '../workflows/contract.js';
import type { SyncsAccess } from './access.js';
import { describeSync, StatusQueries } from './describeSync.js';
import { countFailedSince, type ListedSync, listSyncs } from './listSyncs.js';
import { SYNCS_AT_A_TIME } from './stuckSyncs.js';

/** How an installation is doing, in numbers. */
export interface SyncsStatus {
  /** Syncs that run now, by what they are doing. */
  running: Partial<Record<SyncState | typeof NO_ANSWER, number>>;
  /** Changes not yet handed to Temporal. */
  outbox: OutboxState;
  /** Whose syncs are paused, and how many changes wait for it. */
  paused: PauseWithChanges[];
  /** Runs that failed within 24 hours, also of environments that were written since. */
  failedInLastDay: number;
}

/** Of syncs whose state no worker says. */
export const NO_ANSWER = 'no worker answers';
const DAY_MS = 86_400_000;

/** What all syncs do, and what waits for them; needs Temporal, and SELECT. */
export async function syncsStatus(deps: SyncsAccess & { db: Database }): Promise<SyncsStatus> {
  const [running, outbox, paused, failedInLastDay] = await Promise.all([
    countRunning(deps),
    readOutboxState(deps.db),
    readPauses(deps.db),
    countFailedSince(deps, new Date(Date.now() - DAY_MS)),
  ]);
  return { running, outbox, paused, failedInLastDay };
}

async function countRunning(access: SyncsAccess): Promise<SyncsStatus['running']> {
  const queries = new StatusQueries();
  const stateOf = async ({ environmentId, state }: ListedSync) => {
    if (state !== undefined) return state;
    const view = await describeSync(access, environmentId, queries);
    // It may have ended since it was listed.
    return view.run === 'running' ? (view.state ?? NO_ANSWER) : undefined;
  };
  const counts: SyncsStatus['running'] = {};
  for await (const state of inOrder(listSyncs(access, ['Running']), SYNCS_AT_A_TIME, stateOf))
    if (state !== undefined) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
