import type { BenchResult, Table } from '../../bench/frame/bench.js';
import { FAULTS } from '../checker/findings.js';
import type { Arm } from './arms/arms.js';
import type { Totals } from './totals.js';

export interface Ran {
  arm: Arm;
  seed: number;
  jobs: number;
  tookMs: number;
}

/** What is found by each kind, in words. */
const MEANING: Record<(typeof FAULTS)[number], string> = {
  partial: 'documents of a state with a seeding flag up',
  stale: 'documents of an earlier state than the one before them',
  lost: 'final states, or deletions, that did not arrive',
  resurrected: 'documents readable after their deletion settled',
  unknown: 'documents of no committed state',
  orderFell: 'documents whose order is below the one before them',
};

export function resultOf(totals: Totals, { arm, seed, jobs, tookMs }: Ran): BenchResult {
  return {
    settings: { arm: arm.name, 'first seed': seed, runs: totals.runs, processes: jobs },
    tables: [runsTable(totals, tookMs), situationsTable(totals), findingsTable(totals)],
    limits: [
      ...FAULTS.map((kind) => ({
        what: `${kind}: ${MEANING[kind]}`,
        measured: totals.findings[kind],
        atMost: 0,
        unit: 'found',
      })),
      {
        what: 'syncs that failed without a reason, or never came to rest',
        measured: totals.failures,
        atMost: 0,
        unit: 'found',
      },
    ],
  };
}

function runsTable({ runs, steps, courses }: Totals, tookMs: number): Table {
  const seconds = tookMs / 1_000;
  return {
    title: 'Runs',
    columns: ['', 'runs', 'interleavings', 'steps', 'steps a run', 'seconds', 'runs a second'],
    rows: [
      [
        'all',
        runs,
        new Set(courses).size,
        steps,
        Math.round(steps / runs),
        seconds.toFixed(1),
        Math.round(runs / seconds),
      ],
    ],
    notes: ['Interleavings: runs that took a course that no other one took.'],
  };
}

const situationsTable = ({ counts, runs }: Totals): Table => ({
  title: 'Situations that came about',
  columns: ['', 'times', 'a run'],
  rows: Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => [name, count, (count / runs).toFixed(3)]),
});

const findingsTable = ({ findings, failures, faultySeeds }: Totals): Table => ({
  title: 'Findings',
  columns: ['', 'found'],
  rows: [
    ...FAULTS.map((kind): [string, number] => [kind, findings[kind]]),
    ['failed without a reason', failures],
    ['partial, of creators without a flag (no fault)', findings.partialUnflagged],
  ],
  notes: faultySeeds.length > 0 ? [`Seeds with a fault: ${faultySeeds.join(', ')}`] : [],
});
