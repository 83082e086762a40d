#!/usr/bin/env node
import { Command } from 'commander';
import { cloneEnvironmentCommand } from './cloneEnvironment.js';
import { compareCommand } from './compare.js';
import { createEnvironmentCommand } from './createEnvironment.js';
import { createFeatureCommand } from './createFeature.js';
import { doctorCommand } from './doctor.js';
import { documentCommand } from './document.js';
import { explainCommand } from './explain.js';
import { finishSeedingCommand } from './finishSeeding.js';
import { grantsCommand } from './grants.js';
import { migrateCommand } from './migrate.js';
import { prepareUpgradeCommand } from './prepareUpgrade.js';
import { rebuildCommand } from './rebuild.js';
import { statusCommand } from './status.js';
import { stuckCommand } from './stuck.js';
import { sweepCommand } from './sweep.js';
import { syncCommand } from './sync.js';
import { uninstallCommand } from './uninstall.js';
import { verifyCommand } from './verify.js';
import { workerCommand } from './worker.js';

const program = new Command('envsync')
  .description('Keeps every Flagsmith environment document in DynamoDB complete and current.')
  .addCommand(workerCommand)
  .addCommand(migrateCommand)
  .addCommand(rebuildCommand)
  .addCommand(verifyCommand)
  .addCommand(sweepCommand)
  .addCommand(syncCommand)
  .addCommand(statusCommand)
  .addCommand(stuckCommand)
  .addCommand(explainCommand)
  .addCommand(documentCommand)
  .addCommand(compareCommand)
  .addCommand(finishSeedingCommand)
  .addCommand(createEnvironmentCommand)
  .addCommand(cloneEnvironmentCommand)
  .addCommand(createFeatureCommand)
  .addCommand(doctorCommand)
  .addCommand(grantsCommand)
  .addCommand(prepareUpgradeCommand)
  .addCommand(uninstallCommand)
  .addHelpText(
    'after',
    `
Settings come from the environment, see the README: DATABASE_URL, ENVIRONMENTS_TABLE_NAME_DYNAMO,
AWS_REGION, TEMPORAL_ADDRESS and others.

Examples:
  envsync migrate      prepares a Flagsmith database
  envsync doctor       checks settings, servers, rights and triggers
  envsync grants       prints what rights the worker's role needs
  envsync worker       runs the syncs
  envsync rebuild 42   writes the document of environment 42 now
  envsync verify --all compares all documents with what PostgreSQL says
  envsync stuck        lists what does not reach DynamoDB, and why
  envsync explain 42   says what is wrong with environment 42, and what to do
  envsync document 42  prints that document, and writes nothing
  envsync compare --all  compares the documents of shadow mode with Flagsmith's own`,
  );

try {
  await program.parseAsync();
} catch (error) {
  // A stack trace tells a user nothing that the message does not; LOG_LEVEL=debug shows it.
  const shown = process.env['LOG_LEVEL'] === 'debug' && error instanceof Error ? error.stack : undefined;
  console.error(`envsync: ${shown ?? (error instanceof Error ? error.message : String(error))}`);
  process.exitCode = 1;
}
