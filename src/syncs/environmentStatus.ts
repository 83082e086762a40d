import type { LastWrite, SettledOutcome } from '../workflows/contract.js';
import type { SyncsAccess } from './access.js';
import { describeSync, endOf } from './describeSync.js';
import { listSyncs, UNSUCCESSFUL } from './listSyncs.js';
import type { SyncView } from './syncView.js';

/** One environment's sync, and what the last write or run came to. */
export interface EnvironmentStatus {
  sync: SyncView;
  /** Null without any that Temporal still lists. */
  last: LastWrite | Failed | null;
}

export interface Failed {
  failure: string;
  /** UTC, ISO 8601. */
  at: string;
}

/** What the environment's sync does, and what it came to last; needs Temporal only, and a worker for what a running sync says. */
export async function environmentStatus(
  access: SyncsAccess,
  environmentId: number,
): Promise<EnvironmentStatus> {
  const sync = await describeSync(access, environmentId);
  if (sync.lastWrite) return { sync, last: sync.lastWrite };
  if (sync.run !== 'running' && sync.run !== 'none')
    return { sync, last: toLast(sync.outcome, sync.reasons.join('; '), sync.since ?? '') };
  for await (const run of listSyncs(access, ['Completed', ...UNSUCCESSFUL], environmentId)) {
    const { outcome, failure } = await endOf(access, run);
    return { sync, last: toLast(outcome, failure ?? '', run.endedAt ?? '') };
  }
  return { sync, last: null };
}

function toLast(outcome: SettledOutcome | null, failure: string, at: string): LastWrite | Failed {
  if (!outcome) return { failure, at };
  if (outcome.outcome !== 'written') return { outcome: outcome.outcome, at };
  const { featureStatesCount, documentBytes } = outcome;
  return { outcome: 'written', at, featureStatesCount, documentBytes };
}
