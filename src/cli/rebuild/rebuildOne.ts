import type { readClientConfig } from '../../config.js';
import { startRebuild } from '../../syncs/startRebuild.js';
import type { SettledOutcome } from '../../workflows/contract.js';
import { describePause } from '../../workflows/pause.js';
import { scheduledIn } from '../../workflows/scheduledChange.js';
import { spokenMoment } from '../../workflows/spokenMoment.js';
import { withTemporal } from '../temporal.js';

/** Starts the rebuild of one environment, waits for it and prints what became of it; status 1 unless it is current then. */
export async function rebuildOne(
  config: ReturnType<typeof readClientConfig>,
  environmentId: number,
  { json, force }: { json: boolean; force: boolean },
): Promise<void> {
  const { outcome, workflowId } = await rebuild(config, environmentId, force, (line) => {
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
  if ('pause' in outcome && !json)
    console.log(`Meanwhile ${describePause(outcome.pause)}: the next change waits.`);
  if (!isCurrent(outcome)) process.exitCode = 1;
}

const rebuild = (
  config: ReturnType<typeof readClientConfig>,
  environmentId: number,
  force: boolean,
  progress: (line: string) => void,
) =>
  withTemporal(async (client, namespace) => {
    const { seedingPolls } = config;
    const input = { environmentId, seedingPolls, ...(force && { force }) };
    const handle = await startRebuild(client, config, input);
    const { workflowId } = handle;
    progress(`Started the workflow ${workflowId} in the namespace ${namespace}.`);
    return { outcome: await handle.result(), workflowId };
  });

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
    case 'paused': // By hand it is written all the same.
      return `Not written: ${describePause(outcome.pause)}.`;
    case 'not_written':
      return `Not written: the project of environment ${environmentId} does not use DynamoDB (enable_dynamo_db).`;
    case 'deleted':
      return `Not written: there is no environment ${environmentId}, or it was deleted.`;
  }
}

const isCurrent = ({ outcome }: SettledOutcome) => !['not_written', 'deleted', 'paused'].includes(outcome);
