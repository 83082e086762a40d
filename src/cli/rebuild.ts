import { Command } from 'commander';
import { readClientConfig } from '../config.js';
import type { RebuildSweepInput } from '../workflows/sweepContract.js';
import { rebuildMany } from './rebuild/rebuildMany.js';
import { rebuildOne } from './rebuild/rebuildOne.js';
import { rateOption, type SelectionFlags, toSelection, withSelection } from './sweep/selectionFlags.js';

interface Flags extends SelectionFlags {
  writeUnitsPerSecond?: number;
  dryRun?: true;
  wait?: true;
  force?: true;
  json?: true;
}

export const rebuildCommand = withSelection(new Command('rebuild'))
  .description('Writes documents now: of one environment, of several, of a project, an organisation or all.')
  .addOption(rateOption('--write-units-per-second <number>', 'the most that is written to DynamoDB'))
  .option('--dry-run', 'counts the environments, and writes nothing')
  .option('--wait', 'waits for the end, showing how far it has come')
  .option(
    '--force',
    'also overwrites items of a moment that PostgreSQL has not reached, or of another database',
  )
  .option('--json', 'prints the outcome as JSON')
  .addHelpText(
    'after',
    `
One environment: waits until nothing in it is being seeded, writes, and shows what became of it. Status 0 if the
document is current afterwards, 1 if it is not.

Several: a sweep in Temporal, which goes on by itself whatever becomes of this command or of a worker. What is being
seeded, or is refused, is counted and left to the environment's own sync. Without --wait the command ends once the sweep is
started; with it, status 1 says that some were left. A write unit is what DynamoDB charges: one for each KB of an
item, in both tables and in their indexes. Pause, resume and cancel with "envsync sweep".

Examples:
  envsync rebuild 42
  envsync rebuild 42 43 44 --wait
  envsync rebuild --project 7 --wait --write-units-per-second 200
  envsync rebuild --all --dry-run
  temporal workflow start --type rebuildEnvironmentDocuments --task-queue environment-document-sync \\
    --input '{"projectId": 7}'      the same without this command`,
  )
  .action(async (environmentIds: number[], flags: Flags, command: Command) => {
    const input = toInput(environmentIds, flags, command);
    const config = readClientConfig(process.env);
    const { json = false, wait = false, force = false } = flags;
    const [first, ...others] = input.environmentIds ?? [];
    if (
      first !== undefined &&
      others.length === 0 &&
      !input.dryRun &&
      input.writeUnitsPerSecond === undefined
    )
      await rebuildOne(config, first, { json, force });
    else await rebuildMany(config, input, { json, wait });
  });

function toInput(environmentIds: number[], flags: Flags, command: Command): RebuildSweepInput {
  const { writeUnitsPerSecond, dryRun, force } = flags;
  return {
    ...toSelection(environmentIds, flags, command),
    ...(writeUnitsPerSecond !== undefined && { writeUnitsPerSecond }),
    ...(dryRun && { dryRun }),
    ...(force && { force }),
  };
}
