import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { burstBench } from './burst/burstBench.js';
import { documentBench } from './document/documentBench.js';
import { fanoutBench } from './fanout/fanoutBench.js';
import { latencyBench } from './latency/latencyBench.js';
import { loadBench } from './load/loadBench.js';
import { throughputBench } from './throughput/throughputBench.js';
import { killBench } from './sweeps/killBench.js';
import { rebuildBench } from './sweeps/rebuildBench.js';
import { verifyBench } from './sweeps/verifyBench.js';
import { seedingBench } from './seeding/seedingBench.js';
import { triggersBench } from './triggers/triggersBench.js';
import type { Bench } from './frame/bench.js';
import { describeMachine } from './frame/machine.js';
import { printSettings } from './frame/print.js';
import { record } from './frame/record.js';
import type { BenchRecord, BenchRun } from './frame/results.js';

const benches: Bench[] = [
  documentBench,
  latencyBench,
  seedingBench,
  burstBench,
  fanoutBench,
  throughputBench,
  triggersBench,
  rebuildBench,
  verifyBench,
  killBench,
  loadBench,
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
  const results: BenchRecord[] = [];
  for (const bench of chosenBenches) results.push(await runOne(bench, options));
  return { machine, benches: results };
}

/** The others still run after one that is wrong: it must not hide the next. */
async function runOne(bench: Bench, { rounds, environments }: Options): Promise<BenchRecord> {
  const { name, summary } = bench;
  console.log(`\n${name}: ${summary}`);
  const progress = (line: string) => {
    console.log(`  … ${line}`);
  };
  const options = [
    ...(rounds === undefined ? [] : [`--rounds ${rounds}`]),
    ...(environments === undefined ? [] : [`--environments ${environments}`]),
  ];
  const command = ['npm run bench --', name, ...options].join(' ');
  return await record({ name, summary, command }, () => bench.run({ rounds, environments, progress }));
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}
