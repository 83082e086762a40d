import type { Command } from 'commander';
import { choiceAgain, chosen, type CommandOptions, parsePositive, proofCommand, report } from '../command.js';
import { withServers } from '../faults/servers.js';
import { ensureBuilt } from '../faults/workerProcess.js';
import { KILL_POINTS } from './points.js';
import { reportOf, runKillPoints } from './run.js';

interface Options extends CommandOptions {
  point?: string[];
  lanes: number;
}

await proofCommand('kill-points', { repeats: 50 })
  .description('Kills workers at named points, and sees what the next one makes of it.')
  .option('--point <name...>', 'only points whose names begin so; all without any')
  .option('--lanes <number>', 'installations side by side', parsePositive, 10)
  .addHelpText(
    'after',
    `
Examples:
  npm run kill-points -- --list
  npm run kill-points -- --point "change: before signal" "change: after signal" --repeats 5
  npm run kill-points -- --repeats 50 --seed 7 --json kill-points.json

Ends with status 1 if anything was lost, partial, stale or late, or a point was not come by, 2 if the command is wrong.`,
  )
  .action(async (options: Options, command: Command) => {
    const points = chosen(KILL_POINTS, options.point, command);
    if (options.list) {
      for (const { name } of points) console.log(name);
      return;
    }
    const { repeats, seed } = options;
    const about = {
      name: 'kill-points',
      summary: 'workers killed at named points, and what the next one makes of it',
      command: `npm run kill-points --${choiceAgain('--point', options.point)} --repeats ${repeats} --seed ${seed}`,
    };
    await report(about, options, async () => {
      ensureBuilt();
      const startedAt = performance.now();
      const progress = (line: string) => {
        console.log(`  … ${line}`);
      };
      const run = { points, ...options, progress };
      const deaths = await withServers(progress, (servers) => runKillPoints(servers, run));
      return reportOf(deaths, run, performance.now() - startedAt);
    });
  })
  .parseAsync();
