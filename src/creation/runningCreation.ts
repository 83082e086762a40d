import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

const CREATIONS = "WorkflowType IN ('createEnvironment', 'cloneEnvironment', 'createFeature')";

/**
 * Workflow id of the running creation that inserted the row with this uuid, undefined without one. The uuid is asked
 * for, as it is in the history before the row is in the database; an id comes later, and other databases have it too.
 */
export async function findRunningCreation(client: Client, uuid: string): Promise<string | undefined> {
  const running = client.workflow.list({ query: `${CREATIONS} AND ExecutionStatus = 'Running'` });
  for await (const { workflowId, runId } of running) {
    if (await inserts(client.workflow.getHandle(workflowId, runId), uuid)) return workflowId;
  }
  return undefined;
}

/** The first activity of each creation inserts the row. */
async function inserts(handle: WorkflowHandle, uuid: string): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  const scheduled = events?.find((event) => event.activityTaskScheduledEventAttributes);
  const payload = scheduled?.activityTaskScheduledEventAttributes?.input?.payloads?.[0];
  return !!payload && defaultPayloadConverter.fromPayload<{ uuid?: string }>(payload).uuid === uuid;
}
