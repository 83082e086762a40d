import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { syncStatus, syncWorkflowId } from '../workflows/contract.js';

/**
 * Whether the environment's sync has work in hand. One that only waits for a scheduled change has none; of one that does not
 * answer, as no worker runs it, it is not known, and it counts as having some.
 */
export async function isSyncRunning(
  client: Client,
  instanceName: string,
  environmentId: number,
): Promise<boolean> {
  const handle = client.workflow.getHandle(syncWorkflowId(instanceName, environmentId));
  try {
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') return false;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
  try {
    const { state } = await client.withDeadline(Date.now() + ANSWER_MS, () => handle.query(syncStatus));
    return state !== 'waiting for a scheduled change' && state !== 'done';
  } catch {
    return true;
  }
}

const ANSWER_MS = 3_000;
