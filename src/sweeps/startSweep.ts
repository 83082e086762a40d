import type { Client, WorkflowHandle } from '@temporalio/client';
import { askRegistered, idAttributes } from '../outbox/registeredSearchAttributes.js';
import type { rebuildEnvironmentDocuments, verifyEnvironmentDocuments } from '../workflows/index.js';
import {
  rebuildSweepId,
  type RebuildSweepInput,
  type Selection,
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
export const startRebuildSweep = async (
  client: Client,
  settings: SweepSettings,
  input: RebuildSweepInput,
): Promise<WorkflowHandle<typeof rebuildEnvironmentDocuments>> =>
  client.workflow.start<typeof rebuildEnvironmentDocuments>('rebuildEnvironmentDocuments', {
    workflowId: rebuildSweepId(settings.instanceName, input),
    args: [input],
    ...(await sweepOptions(client, settings, input)),
  });

/** Starts a verification of many environments; where one of the same selection is under way already, that one is given. */
export const startVerifySweep = async (
  client: Client,
  settings: SweepSettings,
  input: VerifySweepInput,
): Promise<WorkflowHandle<typeof verifyEnvironmentDocuments>> =>
  client.workflow.start<typeof verifyEnvironmentDocuments>('verifyEnvironmentDocuments', {
    workflowId: verifySweepId(settings.instanceName, input),
    args: [input],
    ...(await sweepOptions(client, settings, input)),
  });

const sweepOptions = async (client: Client, { taskQueue }: SweepSettings, selection: Selection) => ({
  taskQueue,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  priority: { priorityKey: LOWEST_PRIORITY },
  typedSearchAttributes: idAttributes(
    // Of several environments none is what it would be found by.
    { ...selection, environmentId: onlyOne(selection.environmentIds) },
    await askRegistered(client),
  ),
  staticSummary: selectionText(selection),
});

const onlyOne = (ids: number[] = []) => (ids.length === 1 ? ids[0] : undefined);

const IDS_NAMED = 10;

/** As `project 7`. */
function selectionText({ environmentIds, projectId, organisationId }: Selection): string {
  if (environmentIds) {
    const more = environmentIds.length - IDS_NAMED;
    return `${environmentIds.length === 1 ? 'environment' : 'environments'} ${environmentIds.slice(0, IDS_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
  if (projectId !== undefined) return `project ${projectId}`;
  return organisationId === undefined ? 'all environments' : `organisation ${organisationId}`;
}
