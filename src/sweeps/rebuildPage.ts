import { Context } from '@temporalio/activity';
import { insertSyncRequest } from '../db/syncRequests.js';
import { selectEnvironments } from '../db/environmentSelection.js';
import type { SyncDeps } from '../activities/deps.js';
import { isRefusal, severalTimes } from '../activities/severalTimes.js';
import { writeDocument } from '../activities/writeDocument.js';
import { failureTypeOf } from '../activities/writeFailures.js';
import type { WriteOutcome } from '../workflows/contract.js';
import {
  type Attention,
  MAX_LISTED,
  type RebuildOutcome,
  type RebuildPageInput,
  type RebuildPageResult,
} from '../workflows/sweepContract.js';
import type { SweepDeps } from './deps.js';
import { FailuresInARow } from './failuresInARow.js';
import { inOrder } from './inOrder.js';
import { type ReadEnvironment, readTogether } from './readTogether.js';
import { resumable } from './resumable.js';
import { UnitPace } from './unitPace.js';

/** Few: a sweep is to leave room for the changes of the day. */
export const ENVIRONMENTS_AT_A_TIME = 2;

/** After so many written ones it is told how far the page has come; what became of others is told at once. */
const TELL_EVERY = 20;

type RebuildDeps = SyncDeps & Pick<SweepDeps, 'changesInHand'>;

/**
 * Writes the documents of a page of environments, one after the other by id. An attempt that follows a failed one goes on
 * behind the environments that were done. What is being seeded, is refused or keeps failing is left to the environment's
 * own sync; where one after the other fails, the attempt fails too.
 */
export async function rebuildPage(deps: RebuildDeps, input: RebuildPageInput): Promise<RebuildPageResult> {
  const page = await selectEnvironments(deps.db, input, { afterId: input.afterId, limit: input.pageSize });
  const pace = new UnitPace(input.writeUnitsPerSecond);
  const changesGoFirst = deps.changesInHand?.goingFirst();
  const failures = new FailuresInARow();
  const result = await resumable(
    () => begin(input),
    async (result, tell) => {
      const left = page.filter((id) => id > result.afterId);
      const work = (one: ReadEnvironment) => rebuild(deps, one, input.force);
      for await (const rebuilt of inOrder(readTogether(deps, left), ENVIRONMENTS_AT_A_TIME, work)) {
        if (failures.areTooMany(rebuilt.outcome === 'failed'))
          throw new Error(rebuilt.attention?.failure?.message);
        add(result, rebuilt);
        if (rebuilt.outcome !== 'written' || result.done % TELL_EVERY === 0) tell();
        Context.current().cancellationSignal.throwIfAborted();
        await pace.spend(rebuilt.writeUnits);
        await changesGoFirst?.();
      }
    },
  );
  return { ...result, isLast: page.length < input.pageSize };
}

interface Rebuilt {
  environmentId: number;
  outcome: RebuildOutcome;
  attention?: Attention;
  writeUnits: number;
}

async function rebuild(
  deps: SyncDeps,
  { environmentId, freshRead }: ReadEnvironment,
  force = false,
): Promise<Rebuilt> {
  let read = freshRead();
  try {
    return await severalTimes(async () => {
      const alreadyRead = read;
      read = undefined; // for the first attempt only
      const input = { environmentId, evenIfPaused: true, ...(force && { force }) };
      const outcome = await writeDocument(deps, input, alreadyRead);
      if (leavesWork(outcome)) await insertSyncRequest(deps.db, environmentId);
      return { environmentId, ...toRebuilt(environmentId, outcome) };
    });
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    await insertSyncRequest(deps.db, environmentId);
    return leftOver(environmentId, isRefusal(error) ? 'refused' : 'failed', error as Error);
  }
}

function leftOver(environmentId: number, outcome: 'refused' | 'failed', error: Error): Rebuilt {
  const failure = { type: failureTypeOf(error), message: error.message };
  return { environmentId, outcome, attention: { environmentId, outcome, failure }, writeUnits: 0 };
}

/** The environment's own sync waits for what is scheduled or being seeded, and deletes what is to be deleted. */
const leavesWork = (outcome: WriteOutcome): boolean =>
  outcome.outcome === 'seeding' ||
  outcome.outcome === 'deleted' ||
  'scheduled' in outcome ||
  'retiredKeys' in outcome;

function toRebuilt(environmentId: number, outcome: WriteOutcome): Omit<Rebuilt, 'environmentId'> {
  switch (outcome.outcome) {
    case 'written':
      return { outcome: 'written', writeUnits: outcome.writeUnits ?? 0 };
    case 'seeding':
      return {
        outcome: 'seeding',
        attention: { environmentId, outcome: 'seeding', reasons: outcome.reasons },
        writeUnits: 0,
      };
    // Neither comes of what is asked for by hand.
    case 'not_due':
    case 'paused':
      return { outcome: 'superseded', writeUnits: 0 };
    case 'superseded':
    case 'not_written':
    case 'deleted':
      return { outcome: outcome.outcome, writeUnits: 0 };
  }
}

const begin = ({ afterId }: RebuildPageInput): RebuildPageResult => ({
  afterId,
  isLast: false,
  done: 0,
  outcomes: {},
  attention: [],
  attentionCount: 0,
  writeUnits: 0,
});

function add(result: RebuildPageResult, { environmentId, outcome, attention, writeUnits }: Rebuilt): void {
  result.afterId = environmentId;
  result.done++;
  result.outcomes[outcome] = (result.outcomes[outcome] ?? 0) + 1;
  result.writeUnits += writeUnits;
  if (!attention) return;
  result.attentionCount++;
  if (result.attention.length < MAX_LISTED) result.attention.push(attention);
}
