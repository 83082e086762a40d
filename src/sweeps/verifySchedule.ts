import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleDescription,
} from '@temporalio/client';
import { verifySweepId } from '../workflows/sweepContract.js';
import type { VerifySweepInput } from '../workflows/verifyContract.js';
import type { SweepSettings } from './startSweep.js';

const INPUT: VerifySweepInput = { all: true, repair: true };

/** Id of the schedule that starts an installation's daily verification. */
export const verifyScheduleId = (instanceName: string) => `verify-environment-documents/${instanceName}`;

/**
 * Has Temporal start a verification of everything once a day, which repairs. A schedule that is there stays as it is: it may
 * have been changed on purpose.
 */
export async function createVerifySchedule(
  client: Client,
  { instanceName, taskQueue }: SweepSettings,
): Promise<'created' | 'present'> {
  try {
    await client.schedule.create({
      scheduleId: verifyScheduleId(instanceName),
      // At 3 o'clock UTC, and not in the same minute for all installations that share a server.
      spec: { intervals: [{ every: '1 day', offset: '3 hours' }], jitter: '1 hour' },
      // What was missed is done the next day.
      policies: { overlap: 'SKIP', catchupWindow: '10 minutes' },
      action: {
        type: 'startWorkflow',
        workflowType: 'verifyEnvironmentDocuments',
        workflowId: verifySweepId(instanceName, INPUT),
        taskQueue,
        args: [INPUT],
      },
    });
    return 'created';
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return 'present';
    throw error;
  }
}

/** The schedule as it is; undefined where there is none. */
export const describeVerifySchedule = (
  client: Client,
  instanceName: string,
): Promise<ScheduleDescription | undefined> =>
  unlessMissing(client.schedule.getHandle(verifyScheduleId(instanceName)).describe());

/** Ends it; a verification that is under way goes on. */
export const deleteVerifySchedule = async (client: Client, instanceName: string): Promise<void> => {
  await unlessMissing(client.schedule.getHandle(verifyScheduleId(instanceName)).delete());
};

/** What makes it without this product's command. */
export const verifyScheduleByHand = ({ instanceName, taskQueue }: SweepSettings, namespace: string): string =>
  `temporal schedule create --schedule-id ${verifyScheduleId(instanceName)} --interval 24h/3h --jitter 1h ` +
  `--overlap-policy Skip --catchup-window 10m --type verifyEnvironmentDocuments --task-queue ${taskQueue} ` +
  `--workflow-id ${verifySweepId(instanceName, INPUT)} --input '${JSON.stringify(INPUT)}' --namespace ${namespace}`;

export const deletedByHand = (instanceName: string): string =>
  `temporal schedule delete --schedule-id ${verifyScheduleId(instanceName)}`;

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
