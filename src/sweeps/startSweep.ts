import type { Client, WorkflowHandle } from '@temporalio/client';
import type { rebuildEnvironmentDocuments, verifyEnvironmentDocuments } from '../workflows/index.js';
import {
  rebuildSweepId,
  type RebuildSweepInput,
  type SweepProgress,
  verifySweepId,
} from '../workflows/sweepContract.js';
import type { VerifySweepInput } from '../workflows/verifyContract.js';

export interface SweepSettings {
  instanceName: string;
  taskQueue: string;
}

/** A sweep that ends with such a progress. */
export type SweepHandle<P extends SweepProgress> = Pick<WorkflowHandle, 'workflowId' | 'query'> & {
  result(): Promise<P>;
};

/** What the lowest of Temporal's priorities is called. */
const LOWEST_PRIORITY = 5;

/** Starts a rebuild of many environments; where one of the same selection is under way already, that one is given. */
export const startRebuildSweep = (
  client: Client,
  settings: SweepSettings,
  input: RebuildSweepInput,
): Promise<WorkflowHandle<typeof rebuildEnvironmentDocuments>> =>
  client.workflow.start<typeof rebuildEnvironmentDocuments>('rebuildEnvironmentDocuments', {
    workflowId: rebuildSweepId(settings.instanceName, input),
    args: [input],
    ...sweepOptions(settings),
  });

/** Starts a verification of many environments; where one of the same selection is under way already, that one is given. */
export const startVerifySweep = (
  client: Client,
  settings: SweepSettings,
  input: VerifySweepInput,
): Promise<WorkflowHandle<typeof verifyEnvironmentDocuments>> =>
  client.workflow.start<typeof verifyEnvironmentDocuments>('verifyEnvironmentDocuments', {
    workflowId: verifySweepId(settings.instanceName, input),
    args: [input],
    ...sweepOptions(settings),
  });

const sweepOptions = ({ taskQueue }: SweepSettings) =>
  ({
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    priority: { priorityKey: LOWEST_PRIORITY },
  }) as const;
