import { Command, InvalidArgumentError, Option } from 'commander';
import { readConfig } from '../config.js';
import { connectDatabase, type Database } from '../db/connect.js';
import { migrate, type MigrateOptions, migrationScript } from '../db/migrate.js';
import type { Plan } from '../db/migrations/plan.js';
import { acceptSource, readSourceState } from '../db/sources.js';
import { tell } from './namedTemporal.js';
import { registerSearchAttributes } from './searchAttribute.js';
import { foretellVerification, scheduleVerification } from './verifySchedule.js';

interface Flags {
  baseline?: true;
  dryRun?: true;
  /** Commander's name for what `--without-net` gives. */
  withoutNet?: true;
  acceptSource?: true | string;
}

export const migrateCommand = new Command('migrate')
  .description(
    "Adds what this product needs to Flagsmith's database; changes nothing when it is there already.",
  )
  .option(
    '--baseline',
    "first makes Flagsmith's own tables, in an empty database only: for trying things out",
  )
  .option('--dry-run', 'prints the SQL that would be run, and changes nothing')
  .option('--without-net', 'leaves out the triggers for changes that leave no audit row')
  .addOption(
    new Option(
      '--accept-source [identifier]',
      'the database was moved here: documents written where it was before may be overwritten',
    )
      .argParser(parseIdentifier)
      .conflicts('dryRun'),
  )
  .addHelpText(
    'after',
    `
Adds the schema document_sync and triggers, one short transaction each, none waiting more than 200 ms for a lock.
With CREATION_ENABLED=true also the column features_feature.is_creating, unless Flagsmith has one of that name.
What is missing of Flagsmith's tables, or of the role's rights, is listed before anything is changed.

Where TEMPORAL_ADDRESS or a temporal.toml names a Temporal server, the search attributes DocumentSyncState and
FlagsmithEnvironmentId, …ProjectId, …OrganisationId are registered there, unless TEMPORAL_SEARCH_ATTRIBUTES=off, and a
schedule is created that has all documents verified and repaired once a day, unless VERIFY_SCHEDULE=off. One that is
there stays as it is: change, pause or trigger it with "temporal schedule".

A database that was moved to another PostgreSQL cluster, by a major upgrade through logical replication for one, has
another system identifier, and documents written from the old one are left alone (OtherSource). Once the old one writes
no more, --accept-source makes the new one its successor. The old identifier is known to the database; where the schema
document_sync did not move along, give the one that OtherSource names.

Examples:
  DATABASE_URL=postgres://user:password@host/flagsmith envsync migrate --dry-run
  DATABASE_URL=postgres://user:password@host/flagsmith envsync migrate
  DATABASE_URL=postgres://user:password@host/empty CREATION_ENABLED=true envsync migrate --baseline`,
  )
  .action(async (flags: Flags) => {
    const config = readConfig(process.env);
    const db = connectDatabase(config.databaseUrl, { applicationName: 'envsync migrate', maxConnections: 1 });
    const options: MigrateOptions = {
      instanceName: config.instanceName,
      creationEnabled: config.creation.enabled,
      baseline: flags.baseline ?? false,
      withoutNet: flags.withoutNet ?? false,
      progress: (line) => {
        console.log(line);
      },
    };
    try {
      if (flags.dryRun) {
        process.stdout.write(await migrationScript(db, options));
        if (config.schedulesVerification) tell(await foretellVerification(config));
        return;
      }
      const plan = await migrate(db, options);
      if (flags.acceptSource) await acceptSource(db, textOf(flags.acceptSource));
      for (const remark of await remarks(db, plan)) console.error(`envsync: ${remark}`);
      if (config.registersSearchAttributes) tell(await registerSearchAttributes());
      if (config.schedulesVerification) tell(await scheduleVerification(config));
      console.log(
        `The database, ${plan.origin === 'embedded' ? 'with tables of its own' : 'recognised as Flagsmith’s'}, ` +
          `is ready for the instance "${config.instanceName}".`,
      );
    } finally {
      await db.end();
    }
  });

async function remarks(db: Database, { netIsThere }: Plan): Promise<string[]> {
  const { present, recorded } = await readSourceState(db);
  return [
    ...(netIsThere
      ? [
          'The triggers that --without-net leaves out are there already: `envsync uninstall --net --yes` removes them.',
        ]
      : []),
    ...(recorded === present
      ? []
      : [
          `This database lived on the PostgreSQL cluster ${recorded ?? 'unknown'}, and this one is ${present}: if it was ` +
            'moved for good, run `envsync migrate --accept-source`.',
        ]),
  ];
}

const textOf = (given: true | string) => (given === true ? undefined : given);

function parseIdentifier(text: string): string {
  if (!/^\d{1,20}$/.test(text))
    throw new InvalidArgumentError('expected a system identifier, as pg_control_system() gives it.');
  return text;
}
