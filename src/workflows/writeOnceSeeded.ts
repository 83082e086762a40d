import { ApplicationFailure, condition, log, patched } from '@temporalio/workflow';
import { isSeeding, writeDocument } from './activityProxies.js';
import {
  failureTypes,
  type ScheduledChange,
  type Seeding,
  type SeedingMemory,
  type SeedingPolls,
  type SettledOutcome,
  type WriteOutcome,
} from './contract.js';
import type { PendingChanges } from './pendingChanges.js';
import { pollDelayMs } from './pollDelay.js';
import { describeReasons, finishSeedingCommands } from './reasons.js';
import { syncSink } from './sinks.js';
import type { StatusView } from './statusView.js';

export interface WriteOnceSeeded {
  environmentId: number;
  seedingPolls: SeedingPolls;
  changes: PendingChanges;
  status: StatusView;
  /** The scheduled change whose moment has come: unless a change was signalled too, it has to be there still. */
  goneLive?: ScheduledChange | undefined;
  /** Also overwrites what a write would refuse to replace. */
  force?: boolean | undefined;
  /** A pause of syncs does not hold this write. */
  evenIfPaused?: boolean;
  /** Awaited before each look; throws where this run should not go on. */
  beforeLook?: () => Promise<void>;
}

/**
 * Looks until nothing is being seeded, then writes the document.
 *
 * @throws {ApplicationFailure} `SeedingTimedOut` when a flag is still up at the last look.
 */
export async function writeOnceSeeded(run: WriteOnceSeeded): Promise<SettledOutcome> {
  const { environmentId, seedingPolls, changes, status } = run;
  let memory: SeedingMemory | undefined;

  for (let attempt = 1; ;) {
    await run.beforeLook?.();
    const boundReached = attempt >= seedingPolls.maxAttempts;
    const outcome = await lookThenWrite(attempt, boundReached);
    if (!outcome.seeding) {
      changes.written();
      status.settled(outcome);
      return outcome;
    }
    memory = outcome.memory;
    if (boundReached && outcome.flagged && !changes.isNudged()) throw giveUp(run, attempt, outcome);

    const delayMs = nextLookInMs(attempt, seedingPolls, outcome);
    status.waiting(delayMs, outcome);
    const nudged = await condition(() => changes.isNudged(), delayMs, {
      summary: `seeding: until look ${attempt + 1}`,
    });
    // A look because some seeding ended is one more than the bound allows for, not one of them.
    if (!nudged) attempt++;
  }

  async function lookThenWrite(attempt: number, boundReached: boolean): Promise<WriteOutcome | Seeding> {
    status.checking(attempt, seedingPolls.maxAttempts);
    let changedAt = changes.readBegins() ?? run.goneLive?.liveFrom;
    const lookOf = `look ${attempt} of ${seedingPolls.maxAttempts}`;
    const look = await isSeeding.executeWithOptions({ summary: `seeding: ${lookOf}` }, [
      { environmentId, memory },
    ]);
    // Inferred reasons hold a document only up to the bound: from then on the write decides.
    if (look.seeding && (look.flagged || !boundReached)) return look;
    status.writing();
    // The write reads anew, flags too: what was signalled during the look needs no round of its own. Syncs of release
    // 0.1.0 gave it one, and may be replayed.
    if (changes.isDirty() && patched('write-serves-signals-of-look')) changedAt = changes.readBegins();
    // The memory of the look before: this one's is too fresh to tell whether something has settled since.
    const onlyIfLiveSince = changes.isOwed() ? undefined : run.goneLive?.seenAt;
    return await writeDocument.executeWithOptions({ summary: `document: write after ${lookOf}` }, [
      {
        ...{ environmentId, memory, boundReached, changedAt, onlyIfLiveSince },
        ...(run.force && { force: true }),
        ...(run.evenIfPaused && { evenIfPaused: true }),
      },
    ]);
  }
}

/** Inferred reasons pass by themselves: no need to look later than that. */
function nextLookInMs(attempt: number, polls: SeedingPolls, { flagged, inferenceEndsInMs }: Seeding): number {
  const delayMs = pollDelayMs(attempt, polls);
  return flagged ? delayMs : Math.min(delayMs, Math.ceil(inferenceEndsInMs));
}

function giveUp(
  { environmentId, changes, status }: WriteOnceSeeded,
  attempt: number,
  seeding: Seeding,
): Error {
  // A change signalled meanwhile starts the next round: this one is not the end.
  if (!changes.isDirty()) {
    status.timedOut(seeding);
    syncSink.seedingTimedOut();
    log.warn('environment_document.seeding_timed_out', {
      environment__id: environmentId,
      attempt,
      reasons: seeding.reasons,
      reasons__count: seeding.reasonsCount,
    });
  }
  return ApplicationFailure.nonRetryable(
    `Environment ${environmentId} was still being seeded after ${attempt} looks: ` +
      `${describeReasons(seeding.reasons, seeding.reasonsCount)}. Its document was not written. ` +
      'If a creation is under way, nothing is to be done: the end of the seeding, or the next change, starts a new ' +
      'attempt. If its creator died, complete the seeding and clear the flag: ' +
      `${finishSeedingCommands(environmentId, seeding.reasons)}.`,
    failureTypes.seedingTimedOut,
    { environmentId, reasons: seeding.reasons, reasonsCount: seeding.reasonsCount },
  );
}
