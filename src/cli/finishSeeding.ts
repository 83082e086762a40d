import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Client } from '@temporalio/client';
import { Argument, Command } from 'commander';
import { readClientConfig, readConfig } from '../config.js';
import {
  lookAtUnfinishedSeeding,
  startFinishSeeding,
  type UnfinishedSeeding,
} from '../creation/finishSeeding.js';
import { connectDatabase } from '../db/connect.js';
import { requireInstance } from '../db/migrate.js';
import type { FinishSeedingInput } from '../workflows/creationContract.js';
import { describeUnfinished } from './creation/describeUnfinished.js';
import { followInTerminal } from './creation/followInTerminal.js';
import { parseId } from './parseId.js';
import { withTemporal } from './temporal.js';

const STATEMENT_TIMEOUT_MS = 30_000;

interface Flags {
  yes?: true;
  json?: true;
}

export const finishSeedingCommand = new Command('finish-seeding')
  .description(
    'Completes the seeding of an environment or a feature whose creator died, and takes its flag down.',
  )
  .addArgument(new Argument('<kind>', 'what was being created').choices(['environment', 'feature']))
  .argument('<id>', 'its id', parseId)
  .option('--yes', 'does not ask')
  .option('--json', 'prints what was missing and what was done as JSON')
  .addHelpText(
    'after',
    `
Shows which pairs of environment and feature lack a feature state, its value or its multivariate values. Asked and
answered with y on a terminal, or with --yes, a workflow then makes what is missing and clears is_creating; the documents
that wait for it are written at once. Refuses where the flag is not up, and while a creation workflow is still at work.

What is missing gets its feature's initial value, in a clone too: of which environment it is a clone is stored nowhere. Whether
Flagsmith is itself still cloning cannot be seen: make sure that it is not. Interrupted, it may be given again.

Takes DATABASE_URL (SELECT), and a worker with CREATION_ENABLED=true. Ends with status 0 once the flag is down, 1 if not:
also where it only showed what is missing.

Examples:
  envsync finish-seeding environment 42
  envsync finish-seeding feature 7 --yes --json
  temporal workflow start --type finishSeeding --task-queue environment-document-sync \\
    --input '{"environmentId": 42}'      without looking for a creation workflow that is still at work`,
  )
  .action((kind: 'environment' | 'feature', id: number, flags: Flags) =>
    finish(kind === 'environment' ? { environmentId: id } : { featureId: id }, flags),
  );

const finish = (target: FinishSeedingInput, { yes, json }: Flags): Promise<void> =>
  withTemporal(async (client) => {
    const config = readClientConfig(process.env);
    const unfinished = await look(client, target);
    if (!json) console.log(describeUnfinished(target, unfinished));
    if (!(yes ?? (await isAnsweredYes()))) {
      process.exitCode = 1;
      console.error('Nothing was done. Given --yes it is, without a question.');
      if (json) console.log(JSON.stringify({ ...target, ...unfinished, isFinished: false }));
      return;
    }
    const handle = await startFinishSeeding({ client, ...config }, target);
    const { result, workflowId, link } = await followInTerminal(client, config, handle);
    console.log(
      json
        ? JSON.stringify({ ...target, ...unfinished, isFinished: true, ...result, workflowId, link })
        : `Finished: the flag is down. Feature states made: ${result.featureStatesCount}.`,
    );
  });

async function look(client: Client, target: FinishSeedingInput): Promise<UnfinishedSeeding> {
  const { databaseUrl, instanceName } = readConfig(process.env);
  const db = connectDatabase(databaseUrl, {
    applicationName: 'envsync finish-seeding',
    maxConnections: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  try {
    // The worker that this instance's task queue leads to must mean the same environment.
    await requireInstance(db, instanceName);
    return await lookAtUnfinishedSeeding({ client, db }, target);
  } finally {
    await db.end();
  }
}

/** Asked of a person only. */
async function isAnsweredYes(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = terminal.question('Finish it now? [y/N] ');
    const isLeft = once(terminal, 'close').then(() => ''); // by Ctrl-C or Ctrl-D
    return /^y(es)?$/i.test((await Promise.race([answer, isLeft])).trim());
  } finally {
    terminal.close();
  }
}
