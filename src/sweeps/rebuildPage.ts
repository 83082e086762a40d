import { ApplicationFailure, Context } from '@temporalio/activity';
import { insertSyncRequest } from '../db/syncRequests.js';
import { selectEnvironments } from '../db/environmentSelection.js';
import type { SyncDeps } from '../activities/deps.js';
import { writeDocument } from '../activities/writeDocument.js';
import { failureTypeOf } from '../activities/writeFailures.js';
import type { WriteOutcome } from '../workflows/contract.js';
import {
  type Attention,
  MAX_ATTENTION,
  type PageInput,
  type PageResult,
  type RebuildOutcome,
} from '../workflows/sweepContract.js';
import { inOrder } from './inOrder.js';
import { WriteUnitPace } from './writeUnitPace.js';

/** Few: a sweep is to leave room for the changes of the day. */
export const ENVIRONMENTS_AT_A_TIME = 4;

/** What fails this often is left to the environment's own sync, and the sweep goes on. */
const ATTEMPTS = 3;
const RETRY_AFTER_MS = 200;
/** So many say that DynamoDB or PostgreSQL is away, or allows nothing: then the sweep waits. */
const FAILURES_IN_A_ROW = 5;

/**
 * Writes the documents of a page of environments, one after the other by id. An attempt that follows a failed one goes on
 * behind the environments that were done. What is being seeded, is refused or keeps failing is left to the environment's
 * own sync; where one after the other fails, the attempt fails too.
 */
export async function rebuildPage(deps: SyncDeps, input: PageInput): Promise<PageResult> {
  const context = Context.current();
  const result = (context.info.heartbeatDetails as PageResult | undefined) ?? begin(input);
  const page = await selectEnvironments(deps.db, input, { afterId: input.afterId, limit: input.pageSize });
  const pace = new WriteUnitPace(input.writeUnitsPerSecond);
  const left = page.filter((id) => id > result.afterId);
  let failuresInARow = 0;
  for await (const rebuilt of inOrder(left, ENVIRONMENTS_AT_A_TIME, (id) => rebuild(deps, id, input.force))) {
    failuresInARow = rebuilt.outcome === 'failed' ? failuresInARow + 1 : 0;
    // No fault of these environments: the attempt ends, and the next one goes on with the last of them.
    if (failuresInARow === FAILURES_IN_A_ROW)
      throw new Error(rebuilt.attention?.failure?.message ?? 'Nothing can be written.');
    add(result, rebuilt);
    context.heartbeat(result);
    context.cancellationSignal.throwIfAborted();
    await pace.spend(rebuilt.writeUnits, () => {
      context.heartbeat(result);
    });
  }
  return { ...result, isLast: page.length < input.pageSize };
}

interface Rebuilt {
  environmentId: number;
  outcome: RebuildOutcome;
  attention?: Attention;
  writeUnits: number;
}

async function rebuild(deps: SyncDeps, environmentId: number, force = false): Promise<Rebuilt> {
  for (let attempt = 1; ; attempt++) {
    try {
      const outcome = await writeDocument(deps, { environmentId, ...(force && { force }) });
      if (leavesWork(outcome)) await insertSyncRequest(deps.db, environmentId);
      return { environmentId, ...toRebuilt(environmentId, outcome) };
    } catch (error) {
      Context.current().cancellationSignal.throwIfAborted();
      const isRefused = error instanceof ApplicationFailure && error.nonRetryable === true;
      if (!isRefused && attempt < ATTEMPTS) {
        await Context.current().sleep(RETRY_AFTER_MS * 4 ** (attempt - 1));
        continue;
      }
      await insertSyncRequest(deps.db, environmentId);
      return leftOver(environmentId, isRefused ? 'refused' : 'failed', error as Error);
    }
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
    case 'not_due':
      return { outcome: 'superseded', writeUnits: 0 };
    case 'superseded':
    case 'not_written':
    case 'deleted':
      return { outcome: outcome.outcome, writeUnits: 0 };
  }
}

const begin = ({ afterId }: PageInput): PageResult => ({
  afterId,
  isLast: false,
  done: 0,
  outcomes: {},
  attention: [],
  attentionCount: 0,
  writeUnits: 0,
});

function add(result: PageResult, { environmentId, outcome, attention, writeUnits }: Rebuilt): void {
  result.afterId = environmentId;
  result.done++;
  result.outcomes[outcome] = (result.outcomes[outcome] ?? 0) + 1;
  result.writeUnits += writeUnits;
  if (!attention) return;
  result.attentionCount++;
  if (result.attention.length < MAX_ATTENTION) result.attention.push(attention);
}
