import type { Client } from '@temporalio/client';
import {
  pauseSweep,
  rebuildSweepPrefix,
  resumeSweep,
  verifySweepPrefix,
} from '../workflows/sweepContract.js';
import type { SweepSettings } from './startSweep.js';

/** The sweeps that are under way: rebuilds and verifications, those that a schedule started too. */
export async function listSweeps(
  client: Client,
  { instanceName }: Pick<SweepSettings, 'instanceName'>,
): Promise<string[]> {
  const prefixes = [rebuildSweepPrefix(instanceName), verifySweepPrefix(instanceName)];
  const ids: string[] = [];
  const running = client.workflow.list({
    query:
      "WorkflowType IN ('rebuildEnvironmentDocuments', 'verifyEnvironmentDocuments') AND ExecutionStatus = 'Running'",
  });
  for await (const { workflowId } of running)
    if (prefixes.some((prefix) => workflowId.startsWith(prefix))) ids.push(workflowId);
  return ids;
}

/** Pauses, resumes or cancels a sweep. */
export async function controlSweep(
  client: Client,
  workflowId: string,
  action: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  if (action === 'cancel') await handle.cancel();
  else await handle.signal(action === 'pause' ? pauseSweep : resumeSweep);
}
