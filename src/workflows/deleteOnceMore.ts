import { condition, patched } from '@temporalio/workflow';
import { deleteDocument } from './activityProxies.js';
import type { SettledOutcome } from './contract.js';
import type { PendingChanges } from './pendingChanges.js';
import type { StatusView } from './statusView.js';

/** The environment, or a key of it, is gone: what it left in DynamoDB has to go too. */
export function leavesItems(outcome: SettledOutcome): boolean {
  // Syncs of release 0.1.0 ended here, and may be replayed.
  if (outcome.outcome === 'deleted') return patched('delete-items');
  return 'retiredKeys' in outcome;
}

export interface DeleteOnceMore {
  environmentId: number;
  againAfterMs: number;
  changes: PendingChanges;
  status: StatusView;
  /** The outcome that led here says that the environment is deleted. */
  isDeleted: boolean;
  /** Something else is due after so many milliseconds: the last deletion is left to the round after it. */
  nextDueInMs?: number | undefined;
}

/**
 * Deletes what the environment left in DynamoDB, and once more when no write that was under way can put anything any
 * more. How far that has come is remembered in PostgreSQL, so it may be broken off and begun again.
 *
 * @returns how many items are gone, or undefined where the environment has to be looked at again first
 */
export async function deleteOnceMore(run: DeleteOnceMore): Promise<number | undefined> {
  const { environmentId, againAfterMs, changes, status, nextDueInMs = Infinity } = run;
  const beganAtMs = Date.now();
  for (let itemsCount = 0; ;) {
    status.deleting();
    const deletion = await deleteDocument.executeWithOptions({ summary: 'deletion: what it left behind' }, [
      { environmentId, againAfterMs },
    ]);
    itemsCount += deletion.itemsCount;
    const isRestored = run.isDeleted && deletion.isLive;
    // Of a pause the next look learns too: it puts the change back into the outbox.
    if (changes.isDirty() || isRestored || deletion.outcome === 'paused') return undefined;

    const { againInMs } = deletion;
    const leftMs = nextDueInMs - (Date.now() - beganAtMs);
    if (againInMs === undefined || againInMs >= leftMs) return itemsCount;
    status.deletingAgain(againInMs);
    const isSignalled = await condition(() => changes.isDirty(), againInMs, {
      summary: 'deletion: once more',
    });
    if (isSignalled) return undefined;
  }
}
