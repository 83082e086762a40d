import { Client, Connection, type ConnectionOptions, WorkflowFailedError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Command } from 'commander';
import { readClientConfig } from '../config.js';
import type { rebuildEnvironmentDocument } from '../workflows/index.js';
import { scheduledIn, spokenMoment } from '../workflows/scheduledChange.js';
import type { SettledOutcome } from '../workflows/contract.js';
import { parseId } from './parseId.js';

const CONNECT_TIMEOUT_MS = 5_000;

export const rebuildCommand = new Command('rebuild')
  .description('Writes the document of one environment now, once nothing in it is being seeded.')
  .argument('<environment>', 'id of the environment, as in Flagsmith’s environments_environment', parseId)
  .option('--json', 'prints the outcome as JSON')
  .addHelpText(
    'after',
    `
Waits for the outcome, and shows where it can be watched. Ends with status 0 if the document is current afterwards,
1 if it is not.

Examples:
  envsync rebuild 42
  temporal workflow start --type rebuildEnvironmentDocument --task-queue environment-document-sync \\
    --input '{"environmentId": 42}'      the same without this command`,
  )
  .action(async (environmentId: number, { json = false }: { json?: boolean }) => {
    const { outcome, workflowId } = await rebuild(environmentId, (line) => {
      if (!json) console.log(line);
    });
    console.log(
      json ? JSON.stringify({ environmentId, workflowId, ...outcome }) : describe(environmentId, outcome),
    );
    const scheduled = scheduledIn(outcome);
    if (scheduled && !json)
      console.log(
        `A scheduled change goes live at ${spokenMoment(scheduled.liveFrom)}; its sync waits for it.`,
      );
    if (!isCurrent(outcome)) process.exitCode = 1;
  });

async function rebuild(environmentId: number, progress: (line: string) => void) {
  const { instanceName, taskQueue, seedingPolls } = readClientConfig(process.env);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await connect(connectionOptions);
  try {
    const client = new Client({ connection, namespace });
    const workflowId = `rebuild-environment-document/${instanceName}/${environmentId}`;
    const handle = await client.workflow.start<typeof rebuildEnvironmentDocument>(
      'rebuildEnvironmentDocument',
      {
        workflowId,
        taskQueue,
        // One that is under way already does what is asked for.
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [{ environmentId, seedingPolls }],
        staticSummary: `environment ${environmentId}`,
      },
    );
    progress(`Started the workflow ${workflowId} in the namespace ${namespace}.`);
    return { outcome: await handle.result(), workflowId };
  } catch (error) {
    throw error instanceof WorkflowFailedError ? rootCause(error) : error;
  } finally {
    await connection.close();
  }
}

async function connect(options: ConnectionOptions): Promise<Connection> {
  try {
    return await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    const address = options.address ?? 'localhost:7233';
    throw new Error(`No Temporal server answers at ${address}: is TEMPORAL_ADDRESS right?`, { cause: error });
  }
}

/** What failed at the bottom: "Activity task failed" helps nobody. */
function rootCause(error: Error): Error {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}

function describe(environmentId: number, outcome: SettledOutcome): string {
  switch (outcome.outcome) {
    case 'written':
      return (
        `Written: the document of environment ${environmentId}, ${outcome.featureStatesCount} feature ` +
        `state${outcome.featureStatesCount === 1 ? '' : 's'} in ${outcome.documentBytes} bytes.`
      );
    case 'superseded':
    case 'not_due':
      return `Current: somebody else wrote a later document of environment ${environmentId} meanwhile.`;
    case 'not_written':
      return `Not written: the project of environment ${environmentId} does not use DynamoDB (enable_dynamo_db).`;
    case 'deleted':
      return `Not written: there is no environment ${environmentId}, or it was deleted.`;
  }
}

const isCurrent = ({ outcome }: SettledOutcome) => outcome !== 'not_written' && outcome !== 'deleted';
