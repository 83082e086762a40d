import { Command } from 'commander';
import { readConfig } from '../config.js';
import { connectDatabase } from '../db/connect.js';
import { plannedNetRemovals, plannedRemovals, removeAll } from '../db/uninstall.js';

export const uninstallCommand = new Command('uninstall')
  .description('Removes all that `migrate` has added to the database; without --yes only says what.')
  .option('--yes', 'removes it')
  .option('--net', 'only the triggers that `migrate --without-net` leaves out')
  .addHelpText(
    'after',
    `
Stop the workers first. One short transaction a table, none waiting more than 200 ms for a lock. The column
features_feature.is_creating goes if it is ours, and stays if Flagsmith brought it. Roles and their rights on Flagsmith's
tables stay (DROP OWNED BY removes these), and so does what is in DynamoDB and Temporal.

Ends with status 0 if nothing of it is left, 1 if something is.

Examples:
  envsync uninstall          what would be removed
  envsync uninstall --yes`,
  )
  .action(async ({ yes = false, net = false }: { yes?: boolean; net?: boolean }) => {
    const { databaseUrl } = readConfig(process.env);
    const db = connectDatabase(databaseUrl, { applicationName: 'envsync uninstall', maxConnections: 1 });
    try {
      const removals = await (net ? plannedNetRemovals(db) : plannedRemovals(db));
      if (removals.length === 0) {
        console.log('There is nothing to remove.');
      } else if (yes) {
        await removeAll(db, removals, (line) => {
          console.log(line);
        });
      } else {
        for (const { what } of removals) console.log(`would remove: ${what}`);
        console.error('envsync: nothing was removed; --yes removes it.');
        process.exitCode = 1;
      }
    } finally {
      await db.end();
    }
  });
