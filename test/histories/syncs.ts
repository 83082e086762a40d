import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { rebuildEnvironmentDocument } from '../../src/workflows/index.js';
import type { TestSystem } from '../support/system.js';

/** What `envsync rebuild` starts. */
export const startRebuild = (system: TestSystem, environmentId: number) =>
  system.client.workflow.start<typeof rebuildEnvironmentDocument>('rebuildEnvironmentDocument', {
    workflowId: `rebuild-environment-document/${system.taskQueue}/${environmentId}`,
    taskQueue: system.taskQueue,
    args: [{ environmentId }],
  });

/** The type of what the environment's sync, started by the relay, fails with in the end. */
export async function syncFailureType(system: TestSystem, environmentId: number): Promise<unknown> {
  const sync = system.syncOf(environmentId);
  while (!(await exists(sync.describe()))) await delay(20);
  const failure: unknown = await sync.result().then(
    ({ outcome }) => assert.fail(`The sync did not fail: ${outcome}`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof WorkflowFailedError);
  const cause = failure.cause?.cause;
  assert.ok(cause instanceof ApplicationFailure);
  return cause.type;
}

/** Resolves once the web UI shows such a failure of the activity that the workflow tries again. */
export async function untilFailureShows(workflow: WorkflowHandle, message: RegExp): Promise<void> {
  for (;;) {
    const { raw } = await workflow.describe();
    if (message.test(raw.pendingActivities?.[0]?.lastFailure?.message ?? '')) return;
    await delay(20);
  }
}

const exists = (described: Promise<unknown>) =>
  described.then(
    () => true,
    () => false,
  );
