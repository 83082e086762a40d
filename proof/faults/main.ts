import type { Command } from 'commander';
import { choiceAgain, chosen, type CommandOptions, parsePositive, proofCommand, report } from '../command.js';
import { FAULT_KINDS } from './kinds.js';
import { reportOf, runFaults } from './run.js';
import { ensureBuilt } from './workerProcess.js';

interface Options extends CommandOptions {
  kind?: string[];
  outage: number;
}

await proofCommand('faults', { repeats: 1 })
  .description('Breaks servers, networks and clocks while documents change, and sees how it comes out.')
  .option('--kind <name...>', 'only kinds whose names begin so; all without any')
  .option('--outage <seconds>', 'how long each lasts', parsePositive, 3)
  .addHelpText(
    'after',
    `
Examples:
  npm run faults -- --list
  npm run faults -- --kind "database: failed over" "temporal:" --repeats 5
  npm run faults -- --kind "temporal: refuses" --outage 120

Ends with status 1 if anything was lost, partial, stale or late, 2 if the command is wrong.`,
  )
  .action(async (options: Options, command: Command) => {
    const kinds = chosen(FAULT_KINDS, options.kind, command);
    if (options.list) {
      for (const { name } of kinds) console.log(name);
      return;
    }
    const { repeats, seed, outage } = options;
    const about = {
      name: 'faults',
      summary: 'servers, networks and clocks broken in the middle of changes, a creation and a deletion',
      command: `npm run faults --${choiceAgain('--kind', options.kind)} --repeats ${repeats} --seed ${seed} --outage ${outage}`,
    };
    await report(about, options, async () => {
      ensureBuilt();
      const startedAt = performance.now();
      const progress = (line: string) => {
        console.log(`  … ${line}`);
      };
      const run = { kinds, ...options, outageMs: 1_000 * options.outage, progress };
      return reportOf(await runFaults(run), run, performance.now() - startedAt);
    });
  })
  .parseAsync();
