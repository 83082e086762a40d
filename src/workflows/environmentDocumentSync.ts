import {
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import { requestSync } from './activityProxies.js';
import {
  DEFAULT_DELETE_AGAIN_AFTER_MS,
  DEFAULT_SEEDING_POLLS,
  type ScheduledChange,
  type SettledOutcome,
  type SyncInput,
} from './contract.js';
import { deleteOnceMore, leavesItems } from './deleteOnceMore.js';
import { receiveChanges } from './pendingChanges.js';
import { refusalBehind } from './refusal.js';
import { scheduledBehind, scheduledIn, untilLiveMs } from './scheduledChange.js';
import { spokenMoment } from './spokenMoment.js';
import { showStatus } from './statusView.js';
import { writeOnceSeeded } from './writeOnceSeeded.js';

/**
 * From so many events on a change goes on in a new run, a round being some twenty. A worker keeps about 1 KB of each event of
 * every run in its cache, and reads them all again for a run that is not.
 */
const LONG_HISTORY_EVENTS = 100;

/**
 * Writes the environment's document once nothing in it is seeding; again for changes that arrived meanwhile, and again
 * when a scheduled change goes live. What a deleted environment, or a key it no longer has, left in DynamoDB is deleted.
 *
 * @returns what became of the last write, for whoever looks at the finished workflow
 * @throws {ApplicationFailure} `SeedingTimedOut`, or as `writeDocument`; never with a change forgotten
 */
export async function environmentDocumentSync(input: SyncInput): Promise<SettledOutcome> {
  const { environmentId, showState = false, changedAt } = input;
  const { seedingPolls = DEFAULT_SEEDING_POLLS, deleteAgainAfterMs = DEFAULT_DELETE_AGAIN_AFTER_MS } = input;
  const changes = receiveChanges(changedAt);
  const status = showStatus({ asSearchAttribute: showState });

  let goneLive: ScheduledChange | undefined;
  for (let round = 1; ; round++) {
    if (round > 1) await betweenRounds();
    const outcome = await write();
    if (!outcome || changes.isDirty()) continue;
    const settledAtMs = Date.now();
    const scheduled = scheduledIn(outcome);
    if (leavesItems(outcome)) {
      const itemsDeletedCount = await neverForgetting(() => deleteItems(outcome, scheduled), scheduled);
      goneLive = undefined;
      if (itemsDeletedCount === undefined) continue;
      if (outcome.outcome === 'deleted') return { ...outcome, itemsDeletedCount };
    }
    if (!scheduled) return outcome;
    const isSignalled = await waitUntilLive(laterBy(Date.now() - settledAtMs, scheduled));
    goneLive = isSignalled ? undefined : scheduled;
  }

  function write(): Promise<SettledOutcome | undefined> {
    return neverForgetting(() =>
      writeOnceSeeded({ environmentId, seedingPolls, changes, status, goneLive, beforeLook }),
    );
  }

  /**
   * A run never fails with a change forgotten: what was signalled meanwhile gets a round of its own, and what is
   * scheduled a run of its own. Undefined where a failed part of the round was not the last one.
   */
  async function neverForgetting<T>(part: () => Promise<T>, known?: ScheduledChange): Promise<T | undefined> {
    try {
      return await part();
    } catch (error) {
      if (error instanceof ContinueAsNew || isCancellation(error)) throw error;
      const scheduled = known ?? scheduledBehind(error);
      if (scheduled && !changes.isDirty()) await requestSyncAt(scheduled.liveFrom);
      if (changes.isDirty()) return undefined;
      const refusal = refusalBehind(error);
      if (refusal) status.refused(refusal);
      throw error;
    }
  }

  function requestSyncAt(dueAt: string): Promise<void> {
    const summary = `scheduled change: ask for a sync at ${spokenMoment(dueAt)}`;
    return requestSync.executeWithOptions({ summary }, [{ environmentId, dueAt }]);
  }

  /** A new run begins with a round, as this one would go on with. Runs of release 0.1.0 stayed, and may be replayed. */
  async function betweenRounds(): Promise<void> {
    if (!changes.isDirty() || workflowInfo().historyLength < LONG_HISTORY_EVENTS) return;
    if (patched('new-run-between-rounds')) await goOnInNewRun();
  }

  /** Not only between rounds: a long wait for seeding fills the history too. Its looks are counted anew then. */
  async function beforeLook(): Promise<void> {
    if (workflowInfo().continueAsNewSuggested) await goOnInNewRun();
  }

  function goOnInNewRun(): Promise<never> {
    return continueAsNew<typeof environmentDocumentSync>({ ...input, changedAt: changes.readBegins() });
  }

  function deleteItems(
    { outcome }: SettledOutcome,
    scheduled: ScheduledChange | undefined,
  ): Promise<number | undefined> {
    return deleteOnceMore({
      environmentId,
      againAfterMs: deleteAgainAfterMs,
      changes,
      status,
      isDeleted: outcome === 'deleted',
      nextDueInMs: scheduled && untilLiveMs(scheduled, Date.now()),
    });
  }

  /** Whether a change was signalled before that. */
  function waitUntilLive(scheduled: ScheduledChange): Promise<boolean> {
    status.waitingUntilLive(scheduled);
    return condition(() => changes.isDirty(), untilLiveMs(scheduled, Date.now()), {
      summary: `scheduled change: live at ${spokenMoment(scheduled.liveFrom)}`,
    });
  }
}

/** The same change, seen from a moment later. */
const laterBy = (ms: number, scheduled: ScheduledChange): ScheduledChange => ({
  ...scheduled,
  inMs: Math.max(scheduled.inMs - ms, 1),
});
