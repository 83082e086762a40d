import { type Client, isGrpcCancelledError, type WorkflowHandle } from '@temporalio/client';

/** What a sync is found doing: it ended, it waits (for seeding, for a scheduled change), or it still has work in hand. */
export type Rest = 'ended' | 'waiting' | 'busy';

const LOOK_AFTER_MS = 250;
const GIVE_UP_AFTER_MS = 1_000;

/** Resolves once the sync has nothing in hand, or after a second: nobody waits for one in trouble. */
export async function untilAtRest(client: Client, workflowId: string): Promise<Rest> {
  const sync = client.workflow.getHandle(workflowId);
  const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
  do {
    if (await endsWithin(client, sync, LOOK_AFTER_MS)) return 'ended';
    const rest = await look(client, sync);
    if (rest !== 'busy') return rest;
  } while (performance.now() < giveUpAtMs);
  return 'busy';
}

async function endsWithin(client: Client, sync: WorkflowHandle, ms: number): Promise<boolean> {
  try {
    // Not by a deadline: with a near one the server answers at once, again and again.
    await client.withAbortSignal(AbortSignal.timeout(ms), () => sync.result());
    return true;
  } catch (error) {
    // It may have ended in failure just as well.
    return !isGrpcCancelledError(error);
  }
}

async function look(client: Client, sync: WorkflowHandle): Promise<Rest> {
  const { raw, status } = await client.withDeadline(Date.now() + GIVE_UP_AFTER_MS, () => sync.describe());
  // Since it was last waited for.
  if (status.name !== 'RUNNING') return 'ended';
  const isBusy = raw.pendingWorkflowTask || (raw.pendingActivities ?? []).length > 0;
  return isBusy ? 'busy' : 'waiting';
}
