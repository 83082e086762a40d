import { Command } from 'commander';
import { explainEnvironment } from '../explain/explainEnvironment.js';
import { explanationText } from '../explain/explanationText.js';
import { parseId } from './parseId.js';
import { withServers } from './withServers.js';

export const explainCommand = new Command('explain')
  .description('Says whether one environment’s document is as it should be, why not, and what to do.')
  .argument('<environment>', 'id of the environment, as in Flagsmith’s environments_environment', parseId)
  .option('--json', 'prints it as JSON')
  .addHelpText(
    'after',
    `
Shows the seeding flags that are up and the feature states that are missing; why no document can be made, if so; where
PostgreSQL is and where each stored item was read; whether the item is what would be written now, and by paths, without
values, where not; the environment's rows in the outbox; its sync; and in the last line what to do.

A single look cannot tell whether a new multivariate feature or segment is complete: it counts as arriving for its
first minute.

Takes DATABASE_URL (SELECT is enough) and dynamodb:GetItem on the tables; changes nothing.
Ends with status 0 if there is nothing to do, 1 if there is, or if something is still under way.

Examples:
  envsync explain 42
  envsync explain 42 --json | jq -r .whatToDo`,
  )
  .action(async (environmentId: number, { json = false }: { json?: boolean }) => {
    await withServers('explain', async ({ config, ...servers }) => {
      const explanation = await explainEnvironment({ ...config, ...servers }, environmentId);
      console.log(json ? JSON.stringify(explanation) : explanationText(explanation));
      if (!explanation.isWell) process.exitCode = 1;
    });
  });
