import { type Findings, noFindings, sumFindings } from '../checker/findings.js';
import { isFaultless, type RunResult } from './run.js';

/** What many runs came to. */
export interface Totals {
  runs: number;
  steps: number;
  /** One for each run: equal where runs took the same course. */
  courses: number[];
  counts: Record<string, number>;
  findings: Findings;
  failures: number;
  /** Seeds of runs with a fault, lowest first. */
  faultySeeds: number[];
}

const REMEMBERED_SEEDS = 20;

export const noRuns = (): Totals => ({
  runs: 0,
  steps: 0,
  courses: [],
  counts: {},
  findings: noFindings(),
  failures: 0,
  faultySeeds: [],
});

export function addRun(totals: Totals, result: RunResult): void {
  const { findings, failures, steps, courseHash, counts, seed } = result;
  totals.runs++;
  totals.steps += steps;
  totals.courses.push(courseHash);
  addCounts(totals.counts, counts);
  totals.findings = withoutDetails(sumFindings([totals.findings, findings]));
  totals.failures += failures.length;
  if (!isFaultless(result)) totals.faultySeeds = lowest([...totals.faultySeeds, seed]);
}

export function addTotals(totals: Totals, more: Totals): void {
  totals.runs += more.runs;
  totals.steps += more.steps;
  for (const course of more.courses) totals.courses.push(course);
  addCounts(totals.counts, more.counts);
  totals.findings = withoutDetails(sumFindings([totals.findings, more.findings]));
  totals.failures += more.failures;
  totals.faultySeeds = lowest([...totals.faultySeeds, ...more.faultySeeds]);
}

/** A repetition tells them again. */
const withoutDetails = (findings: Findings): Findings => ({ ...findings, details: [] });

const lowest = (seeds: number[]): number[] => seeds.sort((a, b) => a - b).slice(0, REMEMBERED_SEEDS);

function addCounts(counts: Record<string, number>, more: Record<string, number>): void {
  for (const [name, count] of Object.entries(more)) counts[name] = (counts[name] ?? 0) + count;
}
