import type { WorkflowHandle } from '@temporalio/client';
import { listSweeps } from '../../src/sweeps/runningSweeps.js';
import { sweepProgress } from '../../src/workflows/sweepContract.js';
import type { TestSystem } from '../support/system.js';
import { untilTrue } from '../workflows/scripted.js';

/** Until it is paused, and the page that it had in hand is done. */
export const untilAtRest = (sweep: WorkflowHandle): Promise<void> =>
  untilTrue(async () => {
    const { state } = await sweep.query(sweepProgress);
    const { raw } = await sweep.describe();
    return state === 'paused' && (raw.pendingActivities ?? []).length === 0;
  });

/** Until these are listed as under way, and no others: the list lags a moment behind. */
export const untilListed = ({ client, database }: TestSystem, workflowIds: string[]): Promise<void> =>
  untilTrue(async () => {
    const listed = await listSweeps(client, { instanceName: database.name });
    return listed.sort().join() === workflowIds.toSorted().join();
  });
