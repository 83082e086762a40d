import { inFull } from '../brokenOff.js';
import { type Findings, FAULTS, isClean, noFindings, sumFindings } from '../checker/findings.js';
import { type Interleaver, interleave, type Outcome } from './interleaving.js';
import { planOf } from './plan.js';
import { type Situations, sumSituations } from './situations.js';

export interface Runs {
  /** The first plan is of this seed, each next one of the next. */
  seed: number;
  runs: number;
  /** Interleavings that are under way at the same time, each in a project of its own. */
  atATime: number;
  /** Told after each. */
  onOutcome?: (outcome: Outcome, done: number) => void;
  /** No further one is begun once this says so. */
  isEnough?: (findings: Findings) => boolean;
  /** Whether the product creates and rebuilds, too: it does unless told. */
  creations?: boolean;
}

export interface RunsOutcome {
  done: number;
  findings: Findings;
  situations: Partial<Situations>;
  /** Of interleavings with findings, and of those that broke off, which are not counted as done; at most this many. */
  traces: string[];
  durationMs: number;
}

const KEPT_TRACES = 5;

/** Interleaves one plan after the other, several at a time. */
export async function runInterleavings(interleaver: Interleaver, options: Runs): Promise<RunsOutcome> {
  const { seed, runs, atATime, creations } = options;
  const startedAt = performance.now();
  const situations: Situations[] = [];
  const traces: string[] = [];
  let findings = noFindings();
  let next = 0;
  const keepTrace = (trace: string) => {
    if (traces.length < KEPT_TRACES) traces.push(trace);
  };
  const runOne = async (seedOfOne: number) => {
    const outcome = await interleave(interleaver, planOf(seedOfOne, creations));
    situations.push(outcome.situations);
    findings = sumFindings([findings, outcome.findings]);
    if (outcome.trace !== undefined) keepTrace(outcome.trace);
    options.onOutcome?.(outcome, situations.length);
  };
  const workInTurn = async () => {
    while (next < runs && !options.isEnough?.(findings)) {
      const seedOfOne = seed + next++;
      await runOne(seedOfOne).catch((error: unknown) => {
        keepTrace(`The interleaving of seed ${seedOfOne} broke off: ${inFull(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, runs) }, workInTurn));
  return {
    ...{ done: situations.length, findings, traces },
    situations: sumSituations(situations),
    durationMs: performance.now() - startedAt,
  };
}

/** In words, for an assertion. */
export const complaint = ({ findings, traces }: RunsOutcome): string =>
  isClean(findings) && traces.length === 0
    ? ''
    : [...FAULTS.map((kind) => `${kind}: ${findings[kind]}`), ...traces].join('\n');
