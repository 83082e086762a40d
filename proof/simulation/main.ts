import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { isKept } from '../../bench/frame/bench.js';
import { describeMachine } from '../../bench/frame/machine.js';
import { printResult, printSettings } from '../../bench/frame/print.js';
import type { BenchRun } from '../../bench/frame/results.js';
import { type Arm, armNamed, ARMS } from './arms/arms.js';
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

Ends with status 1 if a fault is found, 2 if the command is wrong.`,
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
}

/** @returns whether a fault was found */
async function runMany({ arm, seed, runs, jobs, json, untilFinding = false }: Options): Promise<boolean> {
  const machine = describeMachine();
  printSettings('Machine', machine);
  const beganMs = performance.now();
  const tellProgress = progressTeller(runs, beganMs);
  const totals = await runSeeds({
    arm: arm.name,
    seed,
    runs,
    jobs,
    isUntilFault: untilFinding,
    progress: tellProgress,
  });
  const result = resultOf(totals, { arm, seed, jobs, tookMs: performance.now() - beganMs });
  printResult(result);
  const passed = result.limits.every(isKept);
  if (json !== undefined) {
    const written: BenchRun = {
      at: new Date().toISOString(),
      machine,
      benches: [{ name: 'simulate', passed, result }],
    };
    await writeFile(json, `${JSON.stringify(written, null, 2)}\n`);
  }
  const [faulty] = totals.faultySeeds;
  if (faulty !== undefined) await repeatShrunk(faulty, arm);
  return !passed;
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
