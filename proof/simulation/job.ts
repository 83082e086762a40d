import { armNamed, ARMS } from './arms/arms.js';
import { planOf } from './plan.js';
import { run } from './run.js';
import { addRun, noRuns, type Totals } from './totals.js';
import { replaceClocks } from './virtualTime.js';

/** What a process of its own is asked for: every `stride`th seed from the first on, up to the last. */
export interface JobRequest {
  firstSeed: number;
  lastSeed: number;
  stride: number;
  arm: string;
}

/** Tells how far it has come: what is new since the message before. */
export interface JobReport {
  totals: Totals;
  nextSeed: number;
}

/** No seeds above this one are wanted any more. */
export interface JobBound {
  lastSeed: number;
}

const RUNS_IN_A_REPORT = 50;

replaceClocks();
// Errors are many, and nobody reads where they come from.
Error.stackTraceLimit = 0;

process.once('message', (request: JobRequest) => {
  void runAll(request);
});

async function runAll({ firstSeed, lastSeed, stride, arm }: JobRequest): Promise<void> {
  let last = lastSeed;
  process.on('message', (bound: JobBound) => {
    last = Math.min(last, bound.lastSeed);
  });
  let totals = noRuns();
  let seed = firstSeed;
  for (; seed <= last; seed += stride) {
    const result = await run(planOf(seed), armNamed(arm) ?? ARMS[0]);
    addRun(totals, result);
    if (totals.runs < RUNS_IN_A_REPORT && totals.faultySeeds.length === 0) continue;
    process.send?.({ totals, nextSeed: seed + stride } satisfies JobReport);
    totals = noRuns();
  }
  process.send?.({ totals, nextSeed: seed } satisfies JobReport, () => {
    process.disconnect();
  });
}
