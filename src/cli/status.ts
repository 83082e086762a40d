import { Command } from 'commander';
import { readPauseOf } from '../db/pausedSyncs.js';
import { describePause } from '../workflows/pause.js';
import { environmentStatus } from '../syncs/environmentStatus.js';
import { syncsStatus } from '../syncs/syncsStatus.js';
import { statusText, syncLines } from '../syncs/syncText.js';
import { parseId } from './parseId.js';
import { withServers } from './withServers.js';

export const statusCommand = new Command('status')
  .description('Shows how the syncs are doing, or what the sync of one environment does; changes nothing.')
  .argument('[environment]', 'id of the environment, as in Flagsmith’s environments_environment', parseId)
  .option('--json', 'prints it as JSON')
  .addHelpText(
    'after',
    `
Without an environment: how many syncs run, by what they are doing; how many changes wait in the outbox, and since when;
how many runs failed in the last day; whose syncs are paused, and since when. "envsync stuck" tells which of them need somebody.

With one: what its sync is doing, at which attempt, what it waits for or fails with and since when, what the last write
came to, and its page in Temporal's web UI (TEMPORAL_UI_URL).

Ends with status 0; 1 if the environment's sync is stuck, or its last run failed, or a server does not answer.

Examples:
  envsync status
  envsync status 42
  envsync status --json | jq .outbox.oldestSeconds`,
  )
  .action(async (environmentId: number | undefined, { json = false }: { json?: boolean }) => {
    await withServers('status', async ({ config, ...servers }) => {
      const deps = { ...config, ...servers };
      await deps.client.connection.ensureConnected();
      if (environmentId === undefined) {
        const status = await syncsStatus(deps);
        console.log(json ? JSON.stringify(status) : statusText(status));
        return;
      }
      const [status, pause] = await Promise.all([
        environmentStatus(deps, environmentId),
        readPauseOf(deps.db, environmentId),
      ]);
      console.log(
        json
          ? JSON.stringify({ ...status, pause: pause ?? null })
          : [
              `environment ${environmentId}`,
              ...(pause ? [describePause(pause)] : []),
              ...syncLines(status),
            ].join('\n  '),
      );
      if (status.sync.isStuck) process.exitCode = 1;
    });
  });
