import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';

/** Cancels the workflow; resolves once it has been told, and has answered. */
export async function cancelAndHear(workflow: WorkflowHandle): Promise<void> {
  await workflow.cancel();
  for (;;) {
    const events = (await workflow.fetchHistory()).events ?? [];
    const requested = events.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes);
    const since = requested < 0 ? [] : events.slice(requested);
    if (since.some((event) => event.workflowTaskCompletedEventAttributes)) return;
    await delay(20);
  }
}
