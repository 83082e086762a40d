import { Command, Option } from 'commander';
import { type Config, readConfig } from '../config.js';
import { connectDatabase, type Database } from '../db/connect.js';
import { findEnvironment, projectExists } from '../db/environmentList.js';
import type { CompressionMode } from '../document/items.js';
import {
  type DocumentLine,
  documentLines,
  type DocumentOptions,
  type Selection,
} from '../preview/documentLines.js';
import { oneDocument } from '../preview/oneDocument.js';
import { print } from './document/print.js';
import { showCount } from './document/showCount.js';
import { parseId } from './parseId.js';

/** Rather than have a look at a document weigh on a database that has flags to serve. */
const STATEMENT_TIMEOUT_MS = 30_000;

interface Flags {
  project?: number;
  all?: true;
  lines?: true;
  encoding: DocumentOptions['encoding'];
  compression?: CompressionMode;
  showSecrets?: true;
}

export const documentCommand = new Command('document')
  .description('Prints the document that would be written now; writes nothing.')
  .argument('[environment]', 'id of the environment, or its API key (digits alone are an id)')
  .addOption(
    new Option('--project <id>', 'all environments of this project, one JSON line each').argParser(parseId),
  )
  .addOption(new Option('--all', 'all environments, one JSON line each').conflicts('project'))
  .option('--lines', 'the JSON line also for a single environment')
  .addOption(
    new Option('--encoding <form>', 'json: what readers find in the item; dynamodb: the item, with types')
      .choices(['json', 'dynamodb'])
      .default('json'),
  )
  .addOption(
    new Option('--compression <mode>', 'as DOCUMENT_COMPRESSION, and instead of it').choices([
      'on',
      'off',
      'auto',
    ]),
  )
  .option('--show-secrets', 'API keys and webhooks as they are, in place of "***"')
  .addHelpText(
    'after',
    `
One environment: its document as indented JSON, the item of ENVIRONMENTS_TABLE_NAME_DYNAMO, even where it would not be
written now; standard error says if it would not, or would wait for seeding.
--project, --all, --lines: a line for each environment that is not deleted, by id, with
  environment_id
  written   false where the project does not use DynamoDB
  seeding   what a write would wait for now; empty without. New multivariate features and segments are in it for
            their first minute, as only two looks can tell that they are complete
  error     why no document can be made: table, row and rule, or its size; null without
  v1, v2    the items of ENVIRONMENTS_TABLE_NAME_DYNAMO and ENVIRONMENTS_V2_TABLE_NAME_DYNAMO, of the rows as they
            are, whatever "seeding" says; null where none is written. The attribute document_sync is left out.

--encoding json shows what readers find: numbers as numbers, compressed parts unpacked. Under --compression on whole
numbers as feature values are strings, there is "compressed", and no "identity_overrides": so are compressed items.
--encoding dynamodb shows the item as it would be stored, binaries in base64. API keys and webhooks are in it.

Takes DATABASE_URL, SELECT on Flagsmith's tables and nothing else; a standby will do, and so will a database without
envsync migrate. Each environment is read in a snapshot of its own. Where neither table name is set, both tables are
taken to be there.

Ends with status 0; 1 if there is no such environment or project, or a line has an error. A reader that has seen
enough, such as head, is no error.

Examples:
  envsync document 42 | jq '.feature_states[] | {(.feature.name): .enabled}' -c
  envsync document 42 --lines | jq .seeding
  envsync document --all | jq -c 'select(.error) | {environment_id, error}'
  envsync document --project 7 --encoding dynamodb > project-7.ndjson

  What DynamoDB holds beside what would be written (DynamoDB gives the number 30 for 30.0):
  same='del(.document_sync) | walk(if type == "object" and (.N | type) == "string" then .N |= tonumber else . end)'
  diff <(envsync document 42 --encoding dynamodb | jq -S "$same") \\
    <(aws dynamodb get-item --table-name flagsmith_environments --consistent-read \\
      --key '{"api_key": {"S": "…"}}' --query Item | jq -S "$same")`,
  )
  .action(async (environment: string | undefined, flags: Flags, command: Command) => {
    if ([environment, flags.project, flags.all].filter((given) => given !== undefined).length !== 1)
      command.error('error: give one of: an environment, --project <id>, --all');
    const config = readConfig(process.env);
    const db = connectDatabase(config.databaseUrl, {
      applicationName: 'envsync document',
      maxConnections: 1,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
    try {
      const options = documentOptions(config, flags);
      const selection = await select(db, environment, flags);
      if (selection !== 'all' && 'environmentId' in selection && !flags.lines)
        await printOne(db, selection.environmentId, options);
      else await printLines(documentLines(db, selection, options));
    } finally {
      await db.end();
    }
  });

const documentOptions = ({ tables, seedingPolicy, compression }: Config, flags: Flags): DocumentOptions => ({
  tables,
  seedingPolicy,
  encoding: flags.encoding,
  compression: flags.compression ?? compression,
  showSecrets: flags.showSecrets ?? false,
});

async function select(db: Database, environment: string | undefined, { project }: Flags): Promise<Selection> {
  if (environment !== undefined) return { environmentId: await requireEnvironment(db, environment) };
  if (project === undefined) return 'all';
  if (!(await projectExists(db, project))) throw new Error(`There is no project ${project}.`);
  return { projectId: project };
}

/** A key is not told back: what is printed ends up in logs. */
async function requireEnvironment(db: Database, idOrKey: string): Promise<number> {
  const isId = /^\d+$/.test(idOrKey);
  const found = await findEnvironment(db, isId ? { id: Number(idOrKey) } : { apiKey: idOrKey });
  if (!found) throw new Error(`There is no environment ${isId ? idOrKey : 'with this API key'}.`);
  if (found.isDeleted) throw new Error(`The environment ${found.id} was deleted: it has no document.`);
  return found.id;
}

async function printOne(db: Database, environmentId: number, options: DocumentOptions): Promise<void> {
  const { document, warnings } = await oneDocument(db, environmentId, options);
  for (const warning of warnings) console.error(`envsync: ${warning}`);
  await print([`${JSON.stringify(document, null, 2)}\n`], process.stdout);
}

async function printLines(lines: AsyncIterable<DocumentLine>): Promise<void> {
  // On a screen that shows the lines a count would only be in their way.
  const isCountSeen = process.stderr.isTTY && !process.stdout.isTTY;
  await print(toTexts(isCountSeen ? showCount(lines, process.stderr) : lines), process.stdout);
}

async function* toTexts(lines: AsyncIterable<DocumentLine>): AsyncGenerator<string> {
  for await (const line of lines) {
    if (line.error !== null) process.exitCode = 1;
    yield `${JSON.stringify(line)}\n`;
  }
}
