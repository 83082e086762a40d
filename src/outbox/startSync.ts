import type { Client } from '@temporalio/client';
import {
  changeRecorded,
  type SeedingPolls,
  seedingFinished,
  STATE_SEARCH_ATTRIBUTE,
  type SyncInput,
  syncWorkflowId,
} from '../workflows/contract.js';
import type { environmentDocumentSync } from '../workflows/index.js';

/** What an environment's sync is to be told. */
export interface EnvironmentChange {
  environmentId: number;
  organisationId: number | null;
  projectId: number | null;
  /** When the oldest of the changes was made: UTC text, microseconds. */
  changedAt: string;
  /** A seeding flag was cleared: a waiting sync looks again at once. */
  seedingFinished: boolean;
}

export interface StartSyncOptions {
  client: Client;
  instanceName: string;
  taskQueue: string;
  seedingPolls: SeedingPolls;
  /** Whether the namespace knows `DocumentSyncState`. */
  showState: boolean;
  /** After how many milliseconds without an answer the signal counts as failed. */
  deadlineMs: number;
}

/** Signals the environment's sync, starting it where none runs: returns once Temporal has it in its history. */
export async function startSync(options: StartSyncOptions, change: EnvironmentChange): Promise<void> {
  const { client, instanceName, taskQueue, seedingPolls, showState, deadlineMs } = options;
  const { environmentId, organisationId, projectId, changedAt } = change;
  const input: SyncInput = { environmentId, seedingPolls, showState };
  await client.withDeadline(Date.now() + deadlineMs, () =>
    client.workflow.signalWithStart<typeof environmentDocumentSync, [{ changedAt: string }]>(
      'environmentDocumentSync',
      {
        workflowId: syncWorkflowId(instanceName, environmentId),
        taskQueue,
        args: [input],
        signal: change.seedingFinished ? seedingFinished : changeRecorded,
        signalArgs: [{ changedAt }],
        // Where workers are short, organisations take turns; servers that know no fairness ignore it.
        ...(organisationId !== null && { priority: { fairnessKey: `organisation-${organisationId}` } }),
        staticSummary: `environment ${environmentId}${projectId === null ? '' : `, project ${projectId}`}`,
      },
    ),
  );
}

/** Whether the namespace knows the search attribute that shows a sync's state; false where that cannot be asked. */
export async function isStateRegistered(client: Client, namespace: string): Promise<boolean> {
  try {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    return STATE_SEARCH_ATTRIBUTE in customAttributes;
  } catch {
    return false; // Temporal Cloud answers no operator's question; the sync works without the attribute.
  }
}
