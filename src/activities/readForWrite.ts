import type { DatabaseSession } from '../db/connect.js';
import { readEnvironmentRows } from '../db/environmentRows.js';
import { mergingStatements } from '../db/mergedStatements.js';
import { readPauseOf } from '../db/pausedSyncs.js';
import { hasRetiredKeys } from '../db/retiredKeys.js';
import { readScheduledChanges } from '../db/scheduledChanges.js';
import { inSnapshot, type Snapshot } from '../db/snapshot.js';
import type { EnvironmentRows } from '../document/rows.js';
import { lookAtSeeding } from '../seeding/lookAtSeeding.js';
import type { SeedingVerdict } from '../seeding/seedingVerdict.js';
import type { ScheduledChange, WriteInput } from '../workflows/contract.js';
import type { Pause } from '../workflows/pause.js';
import type { SyncDeps } from './deps.js';

/** All that one snapshot tells about an environment. */
export interface ReadForWrite {
  snapshot: Snapshot;
  /** Undefined where there is no such environment (any more). */
  rows: EnvironmentRows | undefined;
  /** Undefined where the environment's document is not written anyway. */
  verdict: SeedingVerdict | undefined;
  /** Something went live since the moment that the input names. */
  wentLive: boolean;
  /** The next change to go live by itself. */
  scheduled: ScheduledChange | undefined;
  /** The environment had other keys, and items under them may still be there. */
  retiredKeys: boolean;
  /** Syncs of the environment are paused. */
  pause: Pause | undefined;
  /** When the read ended, on the clock of `performance.now()`. */
  atMs: number;
}

/** One snapshot for the flags and the rows: asking first and reading later would reopen the gap we exist to close. */
export const readForWrite = (deps: SyncDeps, input: WriteInput): Promise<ReadForWrite> =>
  inSnapshot(deps.db, (tx, snapshot) => readInSnapshot(tx, deps, input, snapshot));

/** The same for several environments in one snapshot, in their order, at a fraction of the price of one for each. */
export const readSeveralForWrite = (deps: SyncDeps, inputs: WriteInput[]): Promise<ReadForWrite[]> =>
  inSnapshot(deps.db, (tx, snapshot) => {
    const together = mergingStatements(tx);
    return Promise.all(inputs.map((input) => readInSnapshot(together, deps, input, snapshot)));
  });

async function readInSnapshot(
  tx: DatabaseSession,
  deps: SyncDeps,
  input: WriteInput,
  snapshot: Snapshot,
): Promise<ReadForWrite> {
  const { asOf } = snapshot;
  const [verdict, rows, { nextLiveFrom, wentLive }, retiredKeys, pause] = await Promise.all([
    lookAtSeeding(tx, snapshot, input, deps.seedingPolicy),
    readEnvironmentRows(tx, input.environmentId, asOf),
    readScheduledChanges(tx, input.environmentId, { asOf, since: input.onlyIfLiveSince }),
    hasRetiredKeys(tx, input.environmentId),
    readPauseOf(tx, input.environmentId),
  ]);
  const scheduled = nextLiveFrom === null ? undefined : toScheduledChange(nextLiveFrom, asOf);
  return { snapshot, rows, verdict, wentLive, scheduled, retiredKeys, pause, atMs: performance.now() };
}

const toScheduledChange = (liveFrom: string, seenAt: string): ScheduledChange => ({
  liveFrom,
  // Rounded up, as parsed moments are cut to milliseconds.
  inMs: Date.parse(`${liveFrom}Z`) - Date.parse(`${seenAt}Z`) + 1,
  seenAt,
});
