import { Command } from 'commander';
import { parsePositive, report } from '../command.js';
import { withServers } from '../stage/servers.js';
import { type Interleaved, interleaveProduct } from './product.js';
import { resultOf } from './result.js';

const AT_A_TIME = 30;

await new Command('npm run interleave --')
  .description(
    'Interleaves creators, changes, deletions and the product on real servers, each in a project of its own, and holds ' +
      'every document that was ever readable against every state that PostgreSQL committed.',
  )
  .option('--runs <number>', 'how many interleavings', parsePositive, 200)
  .option('--seed <number>', 'of the first plan; each next one has the next', parsePositive, 1)
  .option('--at-a-time <number>', 'interleavings under way at the same time', parsePositive, AT_A_TIME)
  .option('--json <file>', 'also writes the result there')
  .addHelpText(
    'after',
    `
Examples:
  npm run interleave -- --runs 5000 --seed 1 --json interleavings.json
  npm run interleave -- --runs 1 --seed 4711       # the plan of one that went wrong, once more

A seed repeats what is done, when, in which order by whom; how the servers interleave it is theirs.
Ends with status 1 on any finding, 2 if the command is wrong.`,
  )
  .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
  .action(async (options: Options) => {
    const { runs, seed } = options;
    const about = {
      name: 'interleave',
      summary:
        'creators, changes and deletions on real servers, every readable document against every committed state',
      command: `npm run interleave -- --runs ${runs} --seed ${seed}`,
    };
    await report(about, options, async () => {
      const interleaved = await withServers(say, (servers) =>
        interleaveProduct(servers, { ...options, name: 'interleave', progress: progressOf(runs) }),
      );
      for (const trace of interleaved.traces) console.log(`\n${trace}`);
      return resultOf(options, interleaved);
    });
  })
  .parseAsync();

interface Options {
  runs: number;
  seed: number;
  atATime: number;
  json?: string;
}

function say(line: string): void {
  console.log(`  … ${line}`);
}

/** One line in twenty of all, and one for the last. */
function progressOf(runs: number): (done: number, soFar: Pick<Interleaved, 'durationMs'>) => void {
  const each = Math.max(1, Math.floor(runs / 20));
  return (done, { durationMs }) => {
    if (done % each === 0 || done === runs)
      say(`${done} of ${runs}, ${((done * 60_000) / durationMs).toFixed(0)} a minute`);
  };
}
