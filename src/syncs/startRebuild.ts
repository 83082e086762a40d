import type { Client, WorkflowHandle } from '@temporalio/client';
import { askRegistered, idAttributes } from '../outbox/registeredSearchAttributes.js';
import type { SweepSettings } from '../sweeps/startSweep.js';
import type { RebuildInput } from '../workflows/rebuildEnvironmentDocument.js';
import type { rebuildEnvironmentDocument } from '../workflows/index.js';

/** Starts the rebuild of one environment; where one is under way already, that one is given: it does what is asked for. */
export const startRebuild = async (
  client: Client,
  { instanceName, taskQueue }: SweepSettings,
  input: RebuildInput,
): Promise<WorkflowHandle<typeof rebuildEnvironmentDocument>> =>
  client.workflow.start<typeof rebuildEnvironmentDocument>('rebuildEnvironmentDocument', {
    workflowId: `rebuild-environment-document/${instanceName}/${input.environmentId}`,
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
    typedSearchAttributes: idAttributes(input, await askRegistered(client)),
    staticSummary: `environment ${input.environmentId}`,
  });
