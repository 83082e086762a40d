import type { BenchResult } from '../../bench/frame/bench.js';
import { FAULTS } from '../checker/findings.js';
import { type Arm, ARMS } from './arms/arms.js';
import { runSeeds } from './jobs.js';
import type { Totals } from './totals.js';

export interface ControlOptions {
  seed: number;
  /** At most so many of each arm. */
  runs: number;
  jobs: number;
  progress: (line: string) => void;
}

/** What Flagsmith's own way must show, each of them; of the others one fault is enough. */
const OF_FLAGSMITH = ['partial', 'stale', 'resurrected'] as const;
const RUNS_OF_FLAGSMITH = 500;

/** Runs what must show faults, to the first one: the eyes of the harness are tested. */
export async function runControl({ seed, runs, jobs, progress }: ControlOptions): Promise<BenchResult> {
  const found: { arm: Arm; totals: Totals }[] = [];
  for (const arm of ARMS.slice(1)) {
    const isFlagsmith = arm.algorithm === 'flagsmith';
    const totals = await runSeeds({
      arm: arm.name,
      seed,
      runs: isFlagsmith ? Math.min(runs, RUNS_OF_FLAGSMITH) : runs,
      jobs,
      isUntilFault: !isFlagsmith,
      progress: () => undefined,
    });
    progress(`${arm.name}: ${totals.runs} runs, ${faultsOf(totals)} faults`);
    found.push({ arm, totals });
  }
  return resultOf(found, { seed, jobs });
}

const faultsOf = ({ findings, failures }: Totals): number =>
  FAULTS.reduce((sum, kind) => sum + findings[kind], failures);

function resultOf(
  found: { arm: Arm; totals: Totals }[],
  { seed, jobs }: Pick<ControlOptions, 'seed' | 'jobs'>,
): BenchResult {
  const flagsmith = found.find(({ arm }) => arm.algorithm === 'flagsmith');
  return {
    settings: { 'first seed': seed, processes: jobs },
    tables: [
      {
        title: 'What was found with a part of what guards documents taken away',
        columns: ['arm', 'runs', ...FAULTS, 'failed without a reason'],
        rows: found.map(({ arm, totals }) => [
          `${arm.name}: ${arm.summary}`,
          totals.runs,
          ...FAULTS.map((kind) => totals.findings[kind]),
          totals.failures,
        ]),
        notes: ["Each but Flagsmith's own way ran to the first run with a fault."],
      },
    ],
    limits: [
      ...OF_FLAGSMITH.map((kind) => ({
        what: `Flagsmith's own way: ${kind} documents`,
        measured: flagsmith?.totals.findings[kind] ?? 0,
        atLeast: 1,
        unit: 'found',
      })),
      ...found
        .filter(({ arm }) => arm.algorithm === 'ours')
        .map(({ arm, totals }) => ({
          what: `${arm.name}: faults`,
          measured: faultsOf(totals),
          atLeast: 1,
          unit: 'found',
        })),
    ],
  };
}
