import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { rebuildEnvironmentDocuments } from '../workflows/index.js';
import {
  pauseSweep,
  rebuildSweepId,
  type RebuildSweepInput,
  resumeSweep,
  sweepProgress,
  type SweepProgress,
} from '../workflows/sweepContract.js';

export type SweepHandle = WorkflowHandle<typeof rebuildEnvironmentDocuments>;

export interface SweepSettings {
  instanceName: string;
  taskQueue: string;
}

/** What the lowest of Temporal's priorities is called. */
const LOWEST_PRIORITY = 5;

/** Starts a rebuild of many environments; where one of the same selection is under way already, that one is given. */
export const startRebuildSweep = (
  client: Client,
  { instanceName, taskQueue }: SweepSettings,
  input: RebuildSweepInput,
): Promise<SweepHandle> =>
  client.workflow.start<typeof rebuildEnvironmentDocuments>('rebuildEnvironmentDocuments', {
    workflowId: rebuildSweepId(instanceName, input),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
    priority: { priorityKey: LOWEST_PRIORITY },
  });

/**
 * Waits for the end of a sweep, telling how far it has come whenever that has changed.
 *
 * @throws {WorkflowFailedError} if it fails or is cancelled
 */
export async function followSweep(
  handle: SweepHandle,
  onProgress: (progress: SweepProgress) => void,
  intervalMs = 1_000,
): Promise<SweepProgress> {
  const ended = new AbortController();
  const result = handle.result().finally(() => {
    ended.abort();
  });
  const telling = tell(handle, onProgress, intervalMs, ended.signal);
  try {
    const progress = await result;
    onProgress(progress);
    return progress;
  } finally {
    await telling;
  }
}

async function tell(
  handle: SweepHandle,
  onProgress: (progress: SweepProgress) => void,
  intervalMs: number,
  ended: AbortSignal,
): Promise<void> {
  let told = '';
  const hasEnded = () => ended.aborted;
  while (!hasEnded()) {
    // A worker that is busy or away cannot be asked: the sweep goes on, and is asked again.
    const progress = await handle.query(sweepProgress).catch(() => undefined);
    const seen = JSON.stringify(progress);
    if (progress && seen !== told && !hasEnded()) onProgress(progress);
    told = seen;
    await delay(intervalMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** The sweeps that are under way. */
export async function listSweeps(
  client: Client,
  { instanceName }: Pick<SweepSettings, 'instanceName'>,
): Promise<string[]> {
  const ids: string[] = [];
  const running = client.workflow.list({
    query: `WorkflowType = 'rebuildEnvironmentDocuments' AND ExecutionStatus = 'Running'`,
  });
  for await (const { workflowId } of running)
    if (
      workflowId.startsWith(
        rebuildSweepId(instanceName, { environmentIds: [] }).split('/').slice(0, 2).join('/'),
      )
    )
      ids.push(workflowId);
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
