import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { describeMachine } from '../../bench/frame/machine.js';
import { printSettings } from '../../bench/frame/print.js';
import { record } from '../../bench/frame/record.js';
import type { BenchRecord, BenchRun } from '../../bench/frame/results.js';
import { type Arm, armNamed, ARMS } from './arms/arms.js';
import { runControl } from './control.js';
import { runSeeds } from './jobs.js';
import { resultOf } from './report.js';
import type { Simplification } from './shrink.js';
import { repeat, repeatShrunk } from './repeat.js';
import type { Totals } from './totals.js';

const PROGRESS_EVERY_MS = 5_000;

await new Command('npm run simulate --')
  .description(
    'Runs the product over models of PostgreSQL, Temporal and DynamoDB, in as many orders of events as there are seeds.',
  )
  .option('--runs <number>', 'how many', parsePositive, 20_000)
  .option('--seed <number>', 'of the first run; each further one has the next', parsePositive, 1)
  .option('--jobs <number>', 'processes at a time', parsePositive, availableParallelism())
  .option('--json <file>', 'also writes the result there')
  .option('--only <seed>', 'runs this seed alone, and shows each step', parsePositive)
  .option('--plan <json>', 'with --only: what its plan is changed by', parsePlan)
  .option('--arm <name>', 'what is run', parseArm, ARMS[0])
  .option('--control', 'runs each arm but the product until its first fault; none is a failure')
  .option('--until-finding', 'ends with the first run in which a fault is found')
  .addHelpText(
    'after',
    `
Arms: the product, and for control what must show faults:
${ARMS.map(({ name, summary }) => `  ${name.padEnd(22)} ${summary}`).join('\n')}

Examples:
  npm run simulate -- --runs 1000000 --seed 1 --json simulation.json
  npm run simulate -- --only 4711
  npm run simulate -- --arm flagsmith --runs 1000
  npm run simulate -- --arm no-epoch --until-finding
  npm run simulate -- --control

Ends with status 1 if a fault is found, or with --control none, 2 if the command is wrong.`,
  )
  .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
  .action(async (options: Options) => {
    const isFound = options.only === undefined ? await runMany(options) : await repeat(options.only, options);
    if (isFound) process.exitCode = 1;
  })
  .parseAsync();

interface Options {
  runs: number;
  seed: number;
  jobs: number;
  json?: string;
  only?: number;
  plan?: Simplification;
  arm: Arm;
  untilFinding?: boolean;
  control?: boolean;
}

/** @returns whether a fault was found, or of a control none */
async function runMany(options: Options): Promise<boolean> {
  const machine = describeMachine();
  printSettings('Machine', machine);
  const ran = options.control ? await runArms(options) : await runArm(options);
  if (options.json !== undefined) {
    const written: BenchRun = { machine, benches: [ran] };
    await writeFile(options.json, `${JSON.stringify(written, null, 2)}\n`);
  }
  return !ran.passed;
}

async function runArm({ arm, seed, runs, jobs, untilFinding = false }: Options): Promise<BenchRecord> {
  const isProduct = arm === ARMS[0];
  const about = {
    name: isProduct ? 'simulate' : `simulate-${arm.name}`,
    summary:
      'the product over models of PostgreSQL, Temporal and DynamoDB, in as many orders of events as runs',
    command: `npm run simulate -- --runs ${runs} --seed ${seed}${isProduct ? '' : ` --arm ${arm.name}`}`,
  };
  const faulty: number[] = [];
  const ran = await record(about, async () => {
    const beganMs = performance.now();
    const totals = await runSeeds({
      arm: arm.name,
      ...{ seed, runs, jobs },
      isUntilFault: untilFinding,
      progress: progressTeller(runs, beganMs),
    });
    faulty.push(...totals.faultySeeds);
    return resultOf(totals, { arm, seed, jobs, tookMs: performance.now() - beganMs });
  });
  if (faulty[0] !== undefined) await repeatShrunk(faulty[0], arm);
  return ran;
}

function runArms({ seed, runs, jobs }: Options): Promise<BenchRecord> {
  const about = {
    name: 'simulate-control',
    summary: 'the same with one guard after the other taken away, each of which must be found',
    command: `npm run simulate -- --control --runs ${runs} --seed ${seed}`,
  };
  const progress = (line: string) => {
    console.log(`  … ${line}`);
  };
  return record(about, () => runControl({ seed, runs, jobs, progress }));
}

function progressTeller(runs: number, beganMs: number): (totals: Totals) => void {
  let toldMs = beganMs;
  return (totals) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = nowMs;
    const seconds = ((nowMs - beganMs) / 1_000).toFixed(0);
    console.log(
      `  … ${totals.runs} of ${runs} runs after ${seconds} s, ${totals.faultySeeds.length} with a fault`,
    );
  };
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

function parseArm(text: string): Arm {
  const arm = armNamed(text);
  if (!arm) throw new InvalidArgumentError(`It must be one of ${ARMS.map(({ name }) => name).join(', ')}.`);
  return arm;
}

function parsePlan(text: string): Simplification {
  try {
    return JSON.parse(text) as Simplification;
  } catch {
    throw new InvalidArgumentError('It must be JSON, as a run with a fault prints it.');
  }
}
