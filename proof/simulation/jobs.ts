import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JobBound, JobReport, JobRequest } from './job.js';
import { addTotals, noRuns, type Totals } from './totals.js';

export interface RunsOptions {
  arm: string;
  seed: number;
  runs: number;
  jobs: number;
  /** No seed behind the first with a fault is wanted. */
  isUntilFault: boolean;
  progress: (totals: Totals) => void;
}

/** Runs all seeds, spread over processes: which ones these are does not change a run. */
export async function runSeeds({
  arm,
  seed,
  runs,
  jobs,
  isUntilFault,
  progress,
}: RunsOptions): Promise<Totals> {
  const totals = noRuns();
  const processes = Array.from({ length: jobs }, () =>
    fork(fileURLToPath(new URL('./job.ts', import.meta.url)), ['--arm', arm], { stdio: 'inherit' }),
  );
  const ended = processes.map(
    (job, i) =>
      new Promise<void>((resolve, reject) => {
        job.on('message', ({ totals: more }: JobReport) => {
          addTotals(totals, more);
          const [faulty] = totals.faultySeeds;
          if (isUntilFault && faulty !== undefined)
            for (const other of processes)
              // One that has just ended needs no bound.
              if (other.connected) other.send({ lastSeed: faulty } satisfies JobBound, () => undefined);
          progress(totals);
        });
        job.on('exit', (code) => {
          if (code === 0) resolve();
          else reject(new Error(`A process of the simulation ended with status ${code}.`));
        });
        job.send({
          firstSeed: seed + i,
          lastSeed: seed + runs - 1,
          stride: jobs,
          arm,
        } satisfies JobRequest);
      }),
  );
  await Promise.all(ended);
  return totals;
}
