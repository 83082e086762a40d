import { Command, Option } from 'commander';
import { readConfig } from '../config.js';
import { connectDatabase, type Database, sqlState } from '../db/connect.js';
import { requireInstance } from '../db/migrate.js';
import type { PauseWithChanges } from '../db/pausedSyncs.js';
import { pauseSyncs, resumeSyncs } from '../syncs/pauseSyncs.js';
import { pauseText } from '../syncs/syncText.js';
import { whosePause } from '../workflows/pause.js';
import { parseId } from './parseId.js';

interface Flags {
  project?: number;
  json?: true;
}

const STATEMENT_TIMEOUT_MS = 30_000;
const INSUFFICIENT_PRIVILEGE = '42501';

const projectOption = () =>
  new Option('--project <id>', 'of this project alone, as in Flagsmith’s projects_project').argParser(
    parseId,
  );

const pauseCommand = new Command('pause')
  .description('Lets syncs write and delete nothing in DynamoDB until they are resumed.')
  .addOption(projectOption())
  .option('--json', 'prints the pause as JSON')
  .addHelpText(
    'after',
    `
Changes are kept in the outbox, and its metrics rise meanwhile. What workers have in hand at this moment may still be written,
for ten seconds. What is asked for by hand, "envsync rebuild", is written all the same; a verification repairs nothing of what
is paused. A pause holds until it is ended, over any restart of workers. Repeated, it changes nothing.

Takes INSERT on document_sync.paused_sync, as its owner has it. Ends with status 0 if it is paused.

Examples:
  envsync sync pause
  envsync sync pause --project 7 --json | jq .since`,
  )
  .action(({ project, json }: Flags) =>
    withDatabase(async (db) => {
      const { pause, isNew } = await pauseSyncs({ db }, { projectId: project });
      if (json) console.log(JSON.stringify({ ...pause, isNew }));
      else console.log(`${isNew ? 'Paused' : 'Paused already'}: ${pauseText(pause)}.`);
    }),
  );

const resumeCommand = new Command('resume')
  .description('Lets syncs go on; what was changed meanwhile is caught up.')
  .addOption(projectOption())
  .option('--json', 'prints what ended, and what is paused still, as JSON')
  .addHelpText(
    'after',
    `
Each environment gets one sync for all its changes. Without --project the pause of everything ends; projects that were paused
by themselves stay so, and are told of. Repeated, it changes nothing.

Takes DELETE on document_sync.paused_sync, as its owner has it. Ends with status 0.

Examples:
  envsync sync resume
  envsync sync resume --project 7`,
  )
  .action(({ project, json }: Flags) =>
    withDatabase(async (db) => {
      const { ended, left } = await resumeSyncs({ db }, { projectId: project });
      if (json) console.log(JSON.stringify({ ended, left }));
      else console.log(describeResumed(project ?? null, ended, left).join('\n'));
    }),
  );

export const syncCommand = new Command('sync')
  .description('Pauses and resumes all syncs, or those of a project.')
  .addCommand(pauseCommand)
  .addCommand(resumeCommand);

const describeResumed = (
  projectId: number | null,
  ended: PauseWithChanges | null,
  left: PauseWithChanges[],
): string[] => [
  ended
    ? `Resumed: paused was ${pauseText(ended)}.`
    : `Syncs of ${whosePause({ projectId })} were not paused.`,
  ...left.map((pause) => `Paused still: ${pauseText(pause)}.`),
];

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  const { databaseUrl, instanceName } = readConfig(process.env);
  const db = connectDatabase(databaseUrl, {
    applicationName: 'envsync sync',
    maxConnections: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  try {
    await requireInstance(db, instanceName);
    await work(db);
  } catch (error) {
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new Error(
      `${(error as Error).message}: use the owner of document_sync in DATABASE_URL, or have it ` +
        'GRANT SELECT, INSERT, DELETE ON document_sync.paused_sync to this role.',
      { cause: error },
    );
  } finally {
    await db.end();
  }
}
