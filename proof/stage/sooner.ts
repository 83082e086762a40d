import { type WorkflowExecuteInput, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import type { SyncInput } from '../../src/workflows/contract.js';

/** How much later than the first one the second deletion of a stage's syncs is, in milliseconds: longer than its writes live. */
const DELETE_AGAIN_AFTER_MS = 4_000;

/** Bundled beside the workflows: lets syncs delete once more sooner than after the minute that the product waits. */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: (input: WorkflowExecuteInput, next) => {
        if (workflowInfo().workflowType !== 'environmentDocumentSync') return next(input);
        const [given, ...others] = input.args as [SyncInput, ...unknown[]];
        const args = [{ deleteAgainAfterMs: DELETE_AGAIN_AFTER_MS, ...given }, ...others];
        return next({ ...input, args });
      },
    },
  ],
});
