import { Command } from 'commander';
import { readClientConfig } from '../config.js';
import { controlSweep, listSweeps } from '../sweeps/runningSweeps.js';
import { withTemporal } from './temporal.js';

const ACTIONS = {
  pause: 'Begins no further page; what is under way is finished.',
  resume: 'Goes on where it was paused.',
  cancel: 'Ends it; what was written or repaired stays.',
} as const;

export const sweepCommand = new Command('sweep')
  .description('Pauses, resumes or cancels a rebuild or a verification of many environments.')
  .addHelpText(
    'after',
    `
Examples:
  envsync sweep pause
  envsync sweep resume rebuild-environment-documents/default/project-7
  temporal workflow signal --workflow-id verify-environment-documents/default/all --name pause`,
  );

for (const action of ['pause', 'resume', 'cancel'] as const)
  sweepCommand.addCommand(
    new Command(action)
      .description(ACTIONS[action])
      .argument('[workflow]', 'its workflow id; may be left out where only one is under way')
      .option('--json', 'prints the workflow id as JSON')
      .action((workflowId: string | undefined, { json = false }: { json?: boolean }) =>
        withTemporal(async (client) => {
          const id = workflowId ?? only(await listSweeps(client, readClientConfig(process.env)));
          await controlSweep(client, id, action);
          console.log(json ? JSON.stringify({ workflowId: id, action }) : `${action}: ${id}`);
        }),
      ),
  );

function only(ids: string[]): string {
  const [id] = ids;
  if (id === undefined) throw new Error('No rebuild or verification of many environments is under way.');
  if (ids.length > 1)
    throw new Error(`Several are under way; say which:\n${ids.map((one) => `  ${one}`).join('\n')}`);
  return id;
}
