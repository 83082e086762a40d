import type { Client, Workflow, WorkflowHandle, WorkflowResultType } from '@temporalio/client';
import type { readClientConfig } from '../../config.js';
import { followCreation } from '../../creation/followCreation.js';
import { workflowLink } from '../../syncs/access.js';

/** Where it can be watched, then a line a step: on stderr, so that stdout holds the outcome alone. */
export async function followInTerminal<T extends Workflow>(
  client: Client,
  config: ReturnType<typeof readClientConfig>,
  handle: WorkflowHandle<T>,
): Promise<{ result: WorkflowResultType<T>; workflowId: string; link: string }> {
  const { workflowId } = handle;
  const link = workflowLink({ client, ...config }, workflowId);
  console.error(`Workflow ${workflowId}: ${link}`);
  const result = await followCreation(handle, (line) => {
    console.error(`  ${line}`);
  });
  return { result, workflowId, link };
}
