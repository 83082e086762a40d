import proto from '@temporalio/proto';
import type { NativeConnection, Worker } from '@temporalio/worker';

const DEADLINE_MS = 5_000;
const { TaskQueueType } = proto.temporal.api.enums.v1;

/** @throws if one of the workers has ended, or is about to */
export function requireRunning(workers: Worker[]): void {
  for (const worker of workers) {
    const state = worker.getState();
    if (state !== 'RUNNING') throw new Error(`The Temporal worker is ${state}.`);
  }
}

/**
 * @throws unless Temporal has lately had a poll for workflow tasks from the worker of this identity. It forgets one after five
 * minutes without a poll; this machine's clock is not asked.
 */
export async function requirePolling(
  connection: NativeConnection,
  { namespace, taskQueue, identity }: { namespace: string; taskQueue: string; identity: string },
): Promise<void> {
  const { pollers } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    }),
  );
  if (!pollers.some((poller) => poller.identity === identity))
    throw new Error(`Temporal has had no poll of this worker (${identity}) on "${taskQueue}" lately.`);
}
