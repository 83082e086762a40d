#!/usr/bin/env node
import { Command } from 'commander';

const FAILED_ENDS_WITHIN_MS = 2_000;

/** One is loaded when it is named: it starts in half the time that all of them take. */
const commands = {
  worker: async () => (await import('./worker.js')).workerCommand,
  migrate: async () => (await import('./migrate.js')).migrateCommand,
  rebuild: async () => (await import('./rebuild.js')).rebuildCommand,
  verify: async () => (await import('./verify.js')).verifyCommand,
  sweep: async () => (await import('./sweep.js')).sweepCommand,
  sync: async () => (await import('./sync.js')).syncCommand,
  status: async () => (await import('./status.js')).statusCommand,
  stuck: async () => (await import('./stuck.js')).stuckCommand,
  explain: async () => (await import('./explain.js')).explainCommand,
  document: async () => (await import('./document.js')).documentCommand,
  compare: async () => (await import('./compare.js')).compareCommand,
  'finish-seeding': async () => (await import('./finishSeeding.js')).finishSeedingCommand,
  'create-environment': async () => (await import('./createEnvironment.js')).createEnvironmentCommand,
  'clone-environment': async () => (await import('./cloneEnvironment.js')).cloneEnvironmentCommand,
  'create-feature': async () => (await import('./createFeature.js')).createFeatureCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  grants: async () => (await import('./grants.js')).grantsCommand,
  'prepare-upgrade': async () => (await import('./prepareUpgrade.js')).prepareUpgradeCommand,
  uninstall: async () => (await import('./uninstall.js')).uninstallCommand,
} satisfies Record<string, () => Promise<Command>>;

const program = new Command('envsync')
  .description('Keeps every Flagsmith environment document in DynamoDB complete and current.')
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

const all = Object.entries(commands);
const named = all.filter(([name]) => name === process.argv[2]);
for (const [, load] of named.length > 0 ? named : all) program.addCommand(await load());

try {
  await program.parseAsync();
} catch (error) {
  // A stack trace tells a user nothing that the message does not; LOG_LEVEL=debug shows it.
  const shown = process.env['LOG_LEVEL'] === 'debug' && error instanceof Error ? error.stack : undefined;
  console.error(`envsync: ${shown ?? (error instanceof Error ? error.message : String(error))}`);
  process.exitCode = 1;
  // A worker that could not be made leaves a thread behind, which would keep the process from ending.
  setTimeout(() => process.exit(), FAILED_ENDS_WITHIN_MS).unref();
}
