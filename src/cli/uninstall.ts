import { Command } from 'commander';
import { readConfig } from '../config.js';
import { connectDatabase } from '../db/connect.js';
import { readInstance } from '../db/migrate.js';
import { plannedNetRemovals, plannedRemovals, removeAll } from '../db/uninstall.js';
import type { SweepSettings } from '../sweeps/startSweep.js';
import { deletedByHand } from '../sweeps/verifySchedule.js';
import type { Told } from './namedTemporal.js';
import { unscheduleVerification } from './verifySchedule.js';

export const uninstallCommand = new Command('uninstall')
  .description('Removes all that `migrate` has added to the database; without --yes only says what.')
  .option('--yes', 'removes it')
  .option('--net', 'only the triggers that `migrate --without-net` leaves out')
  .addHelpText(
    'after',
    `
Stop the workers first. One short transaction a table, none waiting more than 200 ms for a lock. The column
features_feature.is_creating goes if it is ours, and stays if Flagsmith brought it. Roles and their rights on Flagsmith's
tables stay (DROP OWNED BY removes these), and so does what is in DynamoDB and, but for the schedule of verifications,
in Temporal: that is removed where TEMPORAL_ADDRESS or a temporal.toml names the server.

Ends with status 0 if nothing of it is left, 1 if something is.

Examples:
  envsync uninstall          what would be removed
  envsync uninstall --yes`,
  )
  .action(async ({ yes = false, net = false }: { yes?: boolean; net?: boolean }) => {
    const config = readConfig(process.env);
    const db = connectDatabase(config.databaseUrl, {
      applicationName: 'envsync uninstall',
      maxConnections: 1,
    });
    try {
      const removals = await (net ? plannedNetRemovals(db) : plannedRemovals(db));
      const instanceName = (await readInstance(db)) ?? config.instanceName;
      const schedule = net ? NOTHING : await unscheduled({ ...config, instanceName }, yes);
      for (const line of schedule.lines) console.log(line);
      if (yes)
        await removeAll(db, removals, (line) => {
          console.log(line);
        });
      else for (const { what } of removals) console.log(`would remove: ${what}`);
      const isNothing = removals.length + schedule.lines.length === 0;
      if (isNothing) console.log('There is nothing to remove.');
      if (schedule.warning && !isNothing) console.error(`envsync: ${schedule.warning}`);
      if (!yes && !isNothing) {
        console.error('envsync: nothing was removed; --yes removes it.');
        process.exitCode = 1;
      }
    } finally {
      await db.end();
    }
  });

const NOTHING: Told = { lines: [] };

const unscheduled = async (settings: SweepSettings, yes: boolean): Promise<Told> =>
  (await unscheduleVerification(settings, { yes })) ?? {
    lines: [],
    warning:
      'TEMPORAL_ADDRESS is not set: the schedule of verifications, if there is one, stays. With it set this command ' +
      `removes it; by hand:\n  ${deletedByHand(settings.instanceName)}`,
  };
