import { Command } from 'commander';
import { readTables } from '../config.js';
import { grantsScript } from '../db/grants.js';
import { iamPolicy } from '../dynamo/iamPolicy.js';

interface Flags {
  aws?: true;
  syncRole: string;
  creationRole: string;
  region?: string;
  account: string;
}

export const grantsCommand = new Command('grants')
  .description('Prints the SQL that gives the roles of workers what they need and no more; changes nothing.')
  .option('--sync-role <name>', 'role of every worker', 'document_sync_worker')
  .option(
    '--creation-role <name>',
    'role that workers with CREATION_ENABLED=true have besides',
    'document_sync_creation',
  )
  .option(
    '--aws',
    'instead the IAM policy for the tables in DynamoDB; with SHADOW_TABLE_SUFFIX set, Flagsmith’s own to read',
  )
  .option('--region <region>', 'with --aws: of the tables; AWS_REGION unless given')
  .option('--account <id>', 'with --aws: the AWS account of the tables', '*')
  .addHelpText(
    'after',
    `
The roles have no login of their own: GRANT them to the one in DATABASE_URL. \`migrate\` and \`uninstall\` need more, and are
run as the owner of Flagsmith's tables. New tables of a later release take another run.

Examples:
  envsync grants | psql "$OWNER_URL"
  psql "$OWNER_URL" -c "CREATE ROLE worker LOGIN PASSWORD '…' IN ROLE document_sync_worker"
  envsync grants --aws --account 123456789012 > policy.json`,
  )
  .action(({ aws, syncRole, creationRole, region, account }: Flags) => {
    if (!aws) {
      process.stdout.write(grantsScript({ sync: syncRole, creation: creationRole }));
      return;
    }
    const settings = readTables(process.env);
    if (settings.tables.v1 === undefined)
      throw new Error('ENVIRONMENTS_TABLE_NAME_DYNAMO is not set: there is no table to allow anything on.');
    const policy = iamPolicy(settings, region ?? process.env['AWS_REGION'] ?? '*', account);
    console.log(JSON.stringify(policy, null, 2));
  });
