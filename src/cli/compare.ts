import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command, Option } from 'commander';
import {
  areAllEqual,
  type ComparedEnvironments,
  compareEnvironments,
  type EnvironmentComparison,
  ENVIRONMENTS_AT_A_TIME,
} from '../compare/compareEnvironments.js';
import { toJsonLine, toText } from '../compare/show.js';
import { type Config, readConfig } from '../config.js';
import { connectDatabase, type Database } from '../db/connect.js';
import { findEnvironment, projectExists } from '../db/environmentList.js';
import { requireTables } from '../dynamo/requireTables.js';
import { print } from './document/print.js';
import { showCount } from './document/showCount.js';
import { parseId } from './parseId.js';

/** Rather than have a comparison weigh on a database that has flags to serve. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Being throttled is no reason to give up: the SDK then asks more and more seldom. */
const MAX_ATTEMPTS = 10;

interface Flags {
  environment?: number[];
  project?: number;
  all?: true;
  showValues?: true;
  json?: true;
}

export const compareCommand = new Command('compare')
  .description("Compares Flagsmith's own documents with those of shadow mode; writes nothing.")
  .addOption(
    new Option('--environment <id...>', 'these environments').argParser(
      (text: string, before: number[] | undefined) => [...(before ?? []), parseId(text)],
    ),
  )
  .addOption(new Option('--project <id>', 'all environments of this project').argParser(parseId))
  .addOption(new Option('--all', 'all environments').conflicts('project'))
  .option('--show-values', 'the values that differ beside their paths; API keys and webhooks stay hidden')
  .option('--json', 'one JSON line for each environment')
  .addHelpText(
    'after',
    `
Of each environment that is not deleted both items are read from the tables of ENVIRONMENTS_TABLE_NAME_DYNAMO and
ENVIRONMENTS_V2_TABLE_NAME_DYNAMO, and from those with SHADOW_TABLE_SUFFIX after their names. Each item is
  equal        readers find the same in both
  older        one side is of an earlier moment: ours, where Flagsmith's is what PostgreSQL says now; else the one that
               updated_at tells of. Usual right after a change: run it again
  different    neither side is known to be older
  missing      on one side or on both, although it is written now
  not written  its project does not use DynamoDB or its second table, or no name of a table is set
followed by the paths that differ.

No difference: numbers written in another way, a compressed and a plain form of one document (and so a whole number as a
flag's value that is text only in the compressed one), the order of rules, conditions, multivariate values and of segment
overrides of one priority, and the attribute document_sync.

--json: environment_id, v1, v2, seeding (what a write would wait for), error (why no document can be made now). v1 and v2
  have result and, as it applies, side, known_by, current (which side is what PostgreSQL says now, as this command reads
  it), differences (path; kind: changed, only_flagsmith, only_ours, order; with --show-values flagsmith, ours).

Takes DATABASE_URL (SELECT on Flagsmith's tables), and dynamodb:GetItem and dynamodb:DescribeTable on all four tables.
Ends with status 0 if all are equal or not written, 1 if not.

Examples:
  envsync compare --all
  envsync compare --project 7 --json | jq -c 'select(.v1.result != "equal")'
  envsync compare --environment 42 43 --show-values`,
  )
  .action(async (flags: Flags, command: Command) => {
    const given = [flags.environment, flags.project, flags.all].filter((flag) => flag !== undefined);
    if (given.length !== 1) command.error('error: give one of: --environment <id...>, --project <id>, --all');
    const config = readConfig(process.env);
    requireShadow(config);
    const db = connectDatabase(config.databaseUrl, {
      applicationName: 'envsync compare',
      maxConnections: ENVIRONMENTS_AT_A_TIME,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
    const dynamo = new DynamoDBClient({ maxAttempts: MAX_ATTEMPTS, retryMode: 'adaptive' });
    try {
      const environments = await select(db, flags);
      await requireTables(dynamo, config.flagsmithTables);
      await requireTables(dynamo, config.tables);
      await printComparisons(compareEnvironments({ ...config, db, dynamo }, environments), flags);
    } finally {
      await db.end();
      dynamo.destroy();
    }
  });

function requireShadow({ flagsmithTables, shadowTableSuffix }: Config): void {
  if (flagsmithTables.v1 === undefined) throw new Error('ENVIRONMENTS_TABLE_NAME_DYNAMO is not set.');
  if (shadowTableSuffix === undefined)
    throw new Error('SHADOW_TABLE_SUFFIX is not set: there are no tables to compare with.');
}

async function select(db: Database, { environment, project }: Flags): Promise<ComparedEnvironments> {
  if (environment) {
    for (const id of environment) await requireEnvironment(db, id);
    return { environmentIds: environment };
  }
  if (project === undefined) return 'all';
  if (!(await projectExists(db, project))) throw new Error(`There is no project ${project}.`);
  return { projectId: project };
}

async function requireEnvironment(db: Database, id: number): Promise<void> {
  const found = await findEnvironment(db, { id });
  if (!found) throw new Error(`There is no environment ${id}.`);
  if (found.isDeleted) throw new Error(`The environment ${id} was deleted: it has no document.`);
}

async function printComparisons(
  comparisons: AsyncIterable<EnvironmentComparison>,
  flags: Flags,
): Promise<void> {
  // On a screen that shows the lines a count would only be in their way.
  const isCountSeen = process.stderr.isTTY && !process.stdout.isTTY;
  const counted = isCountSeen ? showCount(comparisons, process.stderr) : comparisons;
  await print(
    toTexts(counted, { json: flags.json ?? false, showValues: flags.showValues ?? false }),
    process.stdout,
  );
}

async function* toTexts(
  comparisons: AsyncIterable<EnvironmentComparison>,
  { json, showValues }: { json: boolean; showValues: boolean },
): AsyncGenerator<string> {
  let count = 0;
  let unequal = 0;
  for await (const comparison of comparisons) {
    count++;
    if (!areAllEqual(comparison)) {
      unequal++;
      process.exitCode = 1;
    }
    yield json
      ? `${JSON.stringify(toJsonLine(comparison, { showValues }))}\n`
      : toText(comparison, { showValues });
  }
  if (!json) yield `${count} compared: ${unequal === 0 ? 'all equal' : `${unequal} not equal`}\n`;
}
