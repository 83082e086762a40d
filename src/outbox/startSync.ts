import type { Client } from '@temporalio/client';
import {
  changeRecorded,
  type SeedingPolls,
  seedingFinished,
  type SyncInput,
  syncWorkflowId,
  WORKFLOW_TASK_TIMEOUT,
} from '../workflows/contract.js';
import type { environmentDocumentSync } from '../workflows/index.js';
import { searchAttributes } from '../workflows/searchAttributes.js';
import { idAttributes } from './registeredSearchAttributes.js';

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
  /** Names of the search attributes that the namespace knows; any other would make the start fail. */
  registered: () => ReadonlySet<string>;
  /** After how many milliseconds without an answer the signal counts as failed. */
  deadlineMs: number;
}

/** Signals the environment's sync, starting it where none runs: returns once Temporal has it in its history. */
export async function startSync(options: StartSyncOptions, change: EnvironmentChange): Promise<void> {
  const { client, instanceName, taskQueue, seedingPolls, deadlineMs } = options;
  const { environmentId, organisationId, projectId, changedAt } = change;
  const registered = options.registered();
  const showState = registered.has(searchAttributes.state.name);
  const input: SyncInput = { environmentId, seedingPolls, showState };
  await client.withDeadline(Date.now() + deadlineMs, () =>
    client.workflow.signalWithStart<typeof environmentDocumentSync, [{ changedAt: string }]>(
      'environmentDocumentSync',
      {
        workflowId: syncWorkflowId(instanceName, environmentId),
        taskQueue,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        args: [input],
        signal: change.seedingFinished ? seedingFinished : changeRecorded,
        signalArgs: [{ changedAt }],
        // Where workers are short, organisations take turns; servers that know no fairness ignore it.
        ...(organisationId !== null && { priority: { fairnessKey: `organisation-${organisationId}` } }),
        typedSearchAttributes: idAttributes(change, registered),
        staticSummary: `environment ${environmentId}${projectId === null ? '' : `, project ${projectId}`}`,
      },
    ),
  );
}
