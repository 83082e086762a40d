import { Command } from 'commander';
import { readConfig } from '../config.js';
import { connectDatabase } from '../db/connect.js';
import { explainRefusal } from '../db/migrations/missingRights.js';
import { prepareUpgrade } from '../db/prepareUpgrade.js';

const told = {
  removed:
    'Removed: the column features_feature.is_creating. Upgrade Flagsmith now, then run `envsync migrate`.',
  flagsmith: 'Nothing to do: features_feature.is_creating is Flagsmith’s own.',
  absent: 'Nothing to do: there is no column features_feature.is_creating.',
} as const;

export const prepareUpgradeCommand = new Command('prepare-upgrade')
  .description('Takes our features_feature.is_creating away before a Flagsmith upgrade that brings its own.')
  .addHelpText(
    'after',
    `
Flagsmith's migration would fail on a column that is there already. Creation workflows wait until the column is back:
by Flagsmith's migration, or by \`envsync migrate\` with CREATION_ENABLED=true. Refused, with status 1, while one of them is
under way.

Example:
  envsync prepare-upgrade && python manage.py migrate && envsync migrate`,
  )
  .action(async () => {
    const { databaseUrl } = readConfig(process.env);
    const db = connectDatabase(databaseUrl, {
      applicationName: 'envsync prepare-upgrade',
      maxConnections: 1,
    });
    try {
      console.log(told[await prepareUpgrade(db)]);
    } catch (error) {
      throw explainRefusal(error);
    } finally {
      await db.end();
    }
  });
