import type { WorkflowHandle } from '@temporalio/client';
import type { Database } from '../db/connect.js';
import { readSeedingState, readUnseededPairs, type UnseededPairs } from '../db/creation/unfinishedSeeding.js';
import type { FinishSeedingInput } from '../workflows/creationContract.js';
import type { finishSeeding } from '../workflows/index.js';
import { findRunningCreation } from './runningCreation.js';
import type { CreationTarget } from './startCreation.js';
import { describeTarget, whyNotToFinish } from './unfinishedSeeding.js';

/** An environment or a feature that its creator left with its seeding flag up, and what it lacks. */
export interface UnfinishedSeeding extends UnseededPairs {
  name: string;
  projectId: number;
  /** A multivariate feature that has no options: what they were to be is stored nowhere. */
  lacksOptions: boolean;
}

/**
 * What `startFinishSeeding` would do; changes nothing.
 *
 * @throws where there is nothing to finish, or a creation workflow is still at it
 */
export async function lookAtUnfinishedSeeding(
  { client, db }: Pick<CreationTarget, 'client'> & { db: Database },
  target: FinishSeedingInput,
): Promise<UnfinishedSeeding> {
  const state = await readSeedingState(db, target);
  const problem = whyNotToFinish(target, state);
  if (problem !== undefined || !state) throw new Error(`Nothing to finish: ${problem ?? ''}.`);
  const creation = await findRunningCreation(client, state.uuid);
  if (creation !== undefined)
    throw new Error(
      `Not finished: the workflow ${creation} is still creating ${describeTarget(target)}. ` +
        'Let it end, or terminate it if it cannot, and ask again.',
    );
  const { name, projectId, lacksOptions } = state;
  return { name, projectId, lacksOptions, ...(await readUnseededPairs(db, target)) };
}

/** Starts the workflow that completes the seeding and takes the flag down; one that is under way is what it gives then. */
export const startFinishSeeding = (
  { client, instanceName, taskQueue }: CreationTarget,
  target: FinishSeedingInput,
): Promise<WorkflowHandle<typeof finishSeeding>> =>
  client.workflow.start<typeof finishSeeding>('finishSeeding', {
    workflowId: `finish-seeding/${instanceName}/${describeTarget(target).replace(' ', '/')}`,
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [target],
    staticSummary: describeTarget(target),
  });
