import { Command } from 'commander';
import { readConfig } from '../config.js';
import { connectDatabase } from '../db/connect.js';
import { migrate } from '../db/migrate.js';

export const migrateCommand = new Command('migrate')
  .description(
    "Adds what this product needs to Flagsmith's database; changes nothing when it is there already.",
  )
  .option(
    '--baseline',
    "first makes Flagsmith's own tables, in an empty database only: for trying things out",
  )
  .addHelpText(
    'after',
    `
Adds the schema document_sync and triggers, one short transaction each, none waiting more than 200 ms for a lock.
With CREATION_ENABLED=true also the column features_feature.is_creating.

Examples:
  DATABASE_URL=postgres://user:password@host/flagsmith envsync migrate
  DATABASE_URL=postgres://user:password@host/empty CREATION_ENABLED=true envsync migrate --baseline`,
  )
  .action(async ({ baseline = false }: { baseline?: boolean }) => {
    const config = readConfig(process.env);
    const db = connectDatabase(config.databaseUrl, { applicationName: 'envsync migrate', maxConnections: 1 });
    try {
      await migrate(db, {
        instanceName: config.instanceName,
        creationEnabled: config.creation.enabled,
        baseline,
        progress: (line) => {
          console.log(line);
        },
      });
      console.log(`The database is ready for the instance "${config.instanceName}".`);
    } finally {
      await db.end();
    }
  });
