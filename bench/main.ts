import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { burstBench } from './burst/burstBench.js';
import { documentBench } from './document/documentBench.js';
import { fanoutBench } from './fanout/fanoutBench.js';
import { latencyBench } from './latency/latencyBench.js';
import { killBench } from './sweeps/killBench.js';
import { rebuildBench } from './sweeps/rebuildBench.js';
import { verifyBench } from './sweeps/verifyBench.js';
import { seedingBench } from './seeding/seedingBench.js';
import { triggersBench } from './triggers/triggersBench.js';
import { type Bench, isKept } from './frame/bench.js';
import { describeMachine } from './frame/machine.js';
import { printResult, printSettings } from './frame/print.js';
import type { BenchRun } from './frame/results.js';

const benches: Bench[] = [
  documentBench,
  latencyBench,
  seedingBench,
  burstBench,
  fanoutBench,
  triggersBench,
  rebuildBench,
  verifyBench,
  killBench,
];

await new Command('npm run bench --')
  .description('Measures, and checks what it measured.')
  .argument('[names...]', 'which to run; all without any')
  .option('--json <file>', 'also writes the results there')
  .option('--rounds <number>', 'fewer rounds than the bench has by itself, to try it out', parsePositive)
  .option('--environments <number>', 'fewer environments for sweeps, to try them out', parsePositive)
  .addHelpText(
    'after',
    `
Benches:
${benches.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

Ends with status 1 if a result is wrong or a limit is not kept, 2 if the command is wrong.`,
  )
  .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
  .action(async (names: string[], options: Options, command: Command) => {
    const runs = await runAll(chosen(names, command), options);
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(runs, null, 2)}\n`);
    if (!runs.benches.every((run) => run.passed)) process.exitCode = 1;
  })
  .parseAsync();

interface Options {
  json?: string;
  rounds?: number;
  environments?: number;
}

function chosen(names: string[], command: Command): Bench[] {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) command.error(`error: no bench is named ${unknown.join(', ')}; see --help`);
  return benches.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function runAll(chosenBenches: Bench[], options: Options): Promise<BenchRun> {
  const machine = describeMachine();
  printSettings('Machine', machine);
  const results: BenchRun['benches'] = [];
  for (const bench of chosenBenches) results.push(await runOne(bench, options));
  return { at: new Date().toISOString(), machine, benches: results };
}

async function runOne(bench: Bench, { rounds, environments }: Options): Promise<BenchRun['benches'][number]> {
  console.log(`\n${bench.name}: ${bench.summary}`);
  try {
    const result = await bench.run({
      rounds,
      environments,
      progress: (line) => {
        console.log(`  … ${line}`);
      },
    });
    printResult(result);
    return { name: bench.name, passed: result.limits.every(isKept), result };
  } catch (error) {
    // The others still run: one wrong result must not hide the next.
    console.error(error);
    return { name: bench.name, passed: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}
