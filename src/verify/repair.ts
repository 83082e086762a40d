import { ApplicationFailure } from '@temporalio/activity';
import { deleteDocument } from '../activities/deleteDocument.js';
import { writeDocument } from '../activities/writeDocument.js';
import { insertSyncRequest } from '../db/syncRequests.js';
import { retireKeys } from '../db/verification.js';
import { capReasons } from '../seeding/lookAtSeeding.js';
import { DEFAULT_DELETE_AGAIN_AFTER_MS, type WriteOutcome } from '../workflows/contract.js';
import { describePause } from '../workflows/pause.js';
import { describeReasons } from '../workflows/reasons.js';
import type { VerifyDeps } from './deps.js';
import { type LeftBehind, lookForLeftBehind } from './leftBehind.js';
import type { Look } from './lookAtDrift.js';

export type Repair =
  | { result: 'repaired' }
  /** It is left to the environment's own sync, which is told. */
  | { result: 'held' | 'refused'; reason: string };

/** Writes the document as a sync would: by its conditions, and unless something is being seeded by now. */
export async function repairItems(
  deps: VerifyDeps,
  { environment: { id: environmentId } }: Look,
): Promise<Repair> {
  const repair = await unlessRefused(async () =>
    toRepair(await writeDocument(deps, { environmentId }), () => insertSyncRequest(deps.db, environmentId)),
  );
  if (repair.result !== 'repaired') await insertSyncRequest(deps.db, environmentId);
  return repair;
}

async function toRepair(outcome: WriteOutcome, requestSync: () => Promise<void>): Promise<Repair> {
  if (outcome.outcome === 'paused') return { result: 'held', reason: describePause(outcome.pause) };
  if (outcome.outcome === 'seeding') {
    const { reasons, reasonsCount } = capReasons(outcome.reasons);
    return { result: 'held', reason: describeReasons(reasons, Math.max(reasonsCount, outcome.reasonsCount)) };
  }
  // A sync waits for what is scheduled, and deletes what is deleted. What is under former keys is verified next.
  if (outcome.outcome === 'deleted' || 'scheduled' in outcome) await requestSync();
  return { result: 'repaired' };
}

/**
 * Deletes what the environment left behind as a sync would: unless somebody has the key by now, or the item is of a later
 * moment. The sync, which is told, deletes once more.
 */
export async function repairLeftBehind(
  deps: VerifyDeps,
  environmentId: number,
  { unknownKeys }: LeftBehind,
  signal: AbortSignal,
): Promise<Repair> {
  await retireKeys(deps.db, environmentId, unknownKeys);
  const repair = await unlessRefused(async () => {
    const input = { environmentId, againAfterMs: DEFAULT_DELETE_AGAIN_AFTER_MS };
    await deleteDocument(deps, input, deps.heartbeat);
    const { items, pause } = await lookForLeftBehind(deps, environmentId, [], signal);
    if (pause) return { result: 'held', reason: describePause(pause) };
    return items.v1 + items.v2 === 0
      ? { result: 'repaired' }
      : { result: 'refused', reason: 'items that may not be deleted are still there' };
  });
  await insertSyncRequest(deps.db, environmentId);
  return repair;
}

async function unlessRefused(work: () => Promise<Repair>): Promise<Repair> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || !error.nonRetryable) throw error;
    return { result: 'refused', reason: error.message };
  }
}
