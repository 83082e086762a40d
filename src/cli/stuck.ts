import { Command } from 'commander';
import { type StuckReport, stuckSyncs } from '../syncs/stuckSyncs.js';
import { stuckTable } from '../syncs/syncText.js';
import { withServers } from './withServers.js';

export const stuckCommand = new Command('stuck')
  .description('Lists every environment whose changes do not reach DynamoDB, and why; changes nothing.')
  .option('--json', 'prints the list as JSON, with whole reasons')
  .addHelpText(
    'after',
    `
Stuck is
  a sync that waits for seeding at its third look or later, or for longer than a minute
  a sync of which an activity or the next step fails for the third time or more, or that no worker takes for 30 s
  a sync whose last run failed, unless its document was written since, by whomever
  a change in the outbox that Temporal did not take, or that no worker takes for 30 s
  a pause of syncs ("envsync sync pause") that changes wait for the end of: one line for all of them
and nothing else is in the list. ATTEMPTS are looks at the seeding, attempts of the activity, failed runs that Temporal
still lists, or tries to hand the change over. LINK leads to the page in Temporal's web UI (TEMPORAL_UI_URL).

A server that does not answer is told of on standard error, and the others are asked all the same.

--json: stuck (environmentId, projectId, reason, since, attempts, link), unanswered (server, error).

Takes DATABASE_URL (SELECT is enough), and dynamodb:GetItem on ENVIRONMENTS_TABLE_NAME_DYNAMO.
Ends with status 0 if nothing is stuck, 1 if something is or a server does not answer.

Examples:
  envsync stuck
  envsync stuck --json | jq -r '.stuck[] | [.environmentId, .reason] | @tsv'
  envsync stuck > /dev/null || page-somebody`,
  )
  .action(async ({ json = false }: { json?: boolean }) => {
    await withServers('stuck', async ({ config, ...servers }) => {
      const report = await stuckSyncs({ ...config, ...servers });
      const { stuck, unanswered } = report;
      if (json) console.log(JSON.stringify(report));
      else {
        console.log(stuck.length > 0 ? stuckTable(stuck) : nothingStuck(unanswered));
        for (const { server, error } of unanswered)
          console.error(`envsync: ${server} gives no answer: ${error}`);
      }
      if (stuck.length + unanswered.length > 0) process.exitCode = 1;
    });
  });

const nothingStuck = (unanswered: StuckReport['unanswered']) =>
  unanswered.length === 0 ? 'Nothing is stuck.' : 'Nothing is known to be stuck: not all could be asked.';
