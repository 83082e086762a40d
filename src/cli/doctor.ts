import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import { type Config, ConfigError, readConfig } from '../config.js';
import { readTemporalSettings } from '../config/temporal.js';
import { type Check, fail, messageOf, ok, type Result, runChecks } from './doctor/check.js';
import { dynamoChecks } from './doctor/dynamoChecks.js';
import { postgresChecks } from './doctor/postgresChecks.js';
import { temporalChecks } from './doctor/temporalChecks.js';

export const doctorCommand = new Command('doctor')
  .description('Checks configuration, PostgreSQL, DynamoDB and Temporal; changes nothing.')
  .option('--json', 'prints the results as JSON')
  .addHelpText(
    'after',
    `
A line a check: ok, warn or FAIL, what was found, and below it what to do. Ends with status 0 if nothing FAILs, else 1.

Examples:
  envsync doctor
  envsync doctor --json | jq '.[] | select(.status != "ok")'`,
  )
  .action(async ({ json = false }: { json?: boolean }) => {
    const results = await examine(process.env);
    console.log(json ? JSON.stringify(results, null, 2) : results.map(toLine).join('\n'));
    if (results.some(({ status }) => status === 'FAIL')) process.exitCode = 1;
  });

/** Everything is looked at, with the settings that are right, whatever is wrong with the others. */
async function examine(env: NodeJS.ProcessEnv): Promise<Result[]> {
  const { config, problems } = readRightSettings(env);
  const { instanceName, creation } = config;
  const databaseUrl = config.databaseUrl === NO_DATABASE ? undefined : config.databaseUrl;
  const postgres = postgresChecks({ databaseUrl, instanceName, creationEnabled: creation.enabled });
  const dynamo = new DynamoDBClient({ maxAttempts: 2 });
  const temporal = temporalIn(config);
  try {
    return await runChecks([
      { name: 'configuration', run: () => checkSettings(problems) },
      ...postgres.checks,
      ...dynamoChecks(dynamo, config),
      ...temporal.checks,
    ]);
  } finally {
    dynamo.destroy();
    await Promise.allSettled([postgres.end(), temporal.end()]);
  }
}

const NO_DATABASE = 'postgres://';

/** A wrong variable counts as not set. */
function readRightSettings(env: NodeJS.ProcessEnv): { config: Config; problems: string[] } {
  try {
    return { config: readConfig(env), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const wrong = error.problems.map((problem) => problem.split(':')[0] ?? '');
    const right = Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.includes(name)));
    const config = readConfig({ ...right, DATABASE_URL: right['DATABASE_URL'] ?? NO_DATABASE });
    return { config, problems: error.problems };
  }
}

const checkSettings = (problems: string[]) =>
  problems.length === 0
    ? ok('complete')
    : fail(problems.join('; '), 'Set them right; the README has a table of all.');

function temporalIn(config: Config): { checks: Check[]; end: () => Promise<void> } {
  try {
    return temporalChecks({ ...config, ...readTemporalSettings() });
  } catch (error) {
    const run = () => fail(messageOf(error), 'Set TEMPORAL_… or the temporal.toml right.');
    return { checks: [{ name: 'Temporal', run }], end: () => Promise.resolve() };
  }
}

const toLine = ({ status, check, found, remedy }: Result) =>
  `${status.padEnd(4)}  ${check}: ${found}${remedy === undefined ? '' : `\n      → ${remedy}`}`;
