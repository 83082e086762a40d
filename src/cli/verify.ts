import { Command } from 'commander';
import { readClientConfig } from '../config.js';
import { startVerifySweep } from '../sweeps/startSweep.js';
import type { VerifySweepInput } from '../workflows/verifyContract.js';
import { runSweep } from './sweep/runSweep.js';
import { rateOption, type SelectionFlags, toSelection, withSelection } from './sweep/selectionFlags.js';
import { describeFindings } from './verify/describeFindings.js';

interface Flags extends SelectionFlags {
  repair?: true;
  seedMissing?: true;
  readUnitsPerSecond?: number;
  writeUnitsPerSecond?: number;
  wait: boolean;
  json?: true;
}

export const verifyCommand = withSelection(new Command('verify'))
  .description('Compares what DynamoDB holds with what PostgreSQL says, and mends it where asked to.')
  .option('--repair', 'writes what differs, and deletes what no environment has a use for')
  .option(
    '--seed-missing',
    'makes feature states that environments never got; takes workers with CREATION_ENABLED=true',
  )
  .addOption(rateOption('--read-units-per-second <number>', 'the most that is read from DynamoDB'))
  .addOption(rateOption('--write-units-per-second <number>', 'the most that repairs write to DynamoDB'))
  .option('--no-wait', 'ends once the verification is started')
  .option('--json', 'prints the findings as JSON')
  .addHelpText(
    'after',
    `
A workflow in Temporal, which goes on by itself whatever becomes of this command or of a worker. Without --repair and
--seed-missing nothing is written anywhere. Found are items that are
  missing    not there
  partial    without features that PostgreSQL's document has
  stale      different in another way
  foreign    written by somebody else, or with a damaged attribute document_sync
  orphaned   of a deleted environment, or under a key that an environment no longer has; also without a trace of the
             environment in PostgreSQL, with --all
and environments that are unseeded: feature states were never made. What a change on its way explains is no difference. What
is being seeded (held), may not be written (refused) or could not be asked (failed) is told and, with --repair, left to the
environment's own sync. Deleted environments are verified where they are given by their ids.

Unlike "rebuild", which is started to have something done, this is run for its answer: it waits, unless --no-wait is given.
Status 0: nothing differs, or all of it was repaired. Status 1: something is left, or, as the message says, the verification
itself could not be had.

A read unit is what DynamoDB counts: 4 KB of an item; a write unit is 1 KB. Pause, resume and cancel with "envsync sweep".
The first 50 environments that are left and the first 50 that were repaired are listed.
--json: workflowId, link, done of total, outcomes, drift (environments by kind), attention, repaired, orphans, readUnits, writeUnits.

Examples:
  envsync verify 42
  envsync verify --project 7 --repair
  envsync verify --all --read-units-per-second 500
  envsync verify --all --repair --no-wait
  envsync verify 42 --seed-missing
  envsync verify --all --json | jq -r '.attention[] | [.environmentId, .outcome, .reason] | @tsv'
  temporal workflow start --type verifyEnvironmentDocuments --task-queue environment-document-sync \\
    --workflow-id verify-environment-documents/default/all \\
    --input '{"all": true, "repair": true}'      the same without this command`,
  )
  .action(async (environmentIds: number[], flags: Flags, command: Command) => {
    const input = toInput(environmentIds, flags, command);
    const config = readClientConfig(process.env);
    await runSweep(config, {
      start: (client) => startVerifySweep(client, config, input),
      describe: (progress) => describeFindings(progress, input),
      attentionText: 'not as they ought to be',
      json: flags.json ?? false,
      wait: flags.wait,
    });
  });

function toInput(environmentIds: number[], flags: Flags, command: Command): VerifySweepInput {
  const { repair, seedMissing, readUnitsPerSecond, writeUnitsPerSecond } = flags;
  return {
    ...toSelection(environmentIds, flags, command),
    ...(repair && { repair }),
    ...(seedMissing && { seedMissing }),
    ...(readUnitsPerSecond !== undefined && { readUnitsPerSecond }),
    ...(writeUnitsPerSecond !== undefined && { writeUnitsPerSecond }),
  };
}
