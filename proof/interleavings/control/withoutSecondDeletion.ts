import { type WorkflowExecuteInput, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import type { SyncInput } from '../../../src/workflows/contract.js';

const LATER_THAN_ANY_TEST_MS = 3_600_000;

/** Bundled beside the workflows: syncs delete once, and not again while anybody looks. */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: (input: WorkflowExecuteInput, next) => {
        if (workflowInfo().workflowType !== 'environmentDocumentSync') return next(input);
        const [given, ...others] = input.args as [SyncInput, ...unknown[]];
        return next({
          ...input,
          args: [{ ...given, deleteAgainAfterMs: LATER_THAN_ANY_TEST_MS }, ...others],
        });
      },
    },
  ],
});
