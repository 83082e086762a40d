import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** How the noise of the machine is shown: the rounds are cut into this many blocks, each with a median of its own. */
const BLOCKS = 5;

/** Milliseconds of one subject, in the order of the rounds. */
export type Samples = readonly number[];

/** Something that is measured: gives the milliseconds that count, which what it prepares and checks does not. */
export type Measure = () => Promise<number>;

export interface Rounds {
  rounds: number;
  /** Rounds before those that count. */
  warmUp: number;
  /** After each subject: what it leaves to be done is not on the next one's account. */
  restMs?: number;
}

export const describeRounds = ({ rounds, warmUp }: Rounds): string => `${rounds} after ${warmUp} to warm up`;

/** How many milliseconds `work` takes. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Runs the subjects in turn, round after round, so that whatever the machine does besides hits all of them. The order
 * is reversed every other round: what one leaves behind, such as garbage, is not always on the same one's account.
 */
export async function interleave<Name extends string>(
  subjects: Record<Name, Measure>,
  { rounds, warmUp, restMs = 0 }: Rounds,
): Promise<Record<Name, Samples>> {
  const names = Object.keys(subjects) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const ms = await subjects[name]();
      if (round >= 0) samples[name].push(ms);
      if (restMs > 0) await delay(restMs);
    }
  }
  return samples;
}

export const median = (samples: Samples): number => quantile(samples, 0.5);

/** The smallest sample that is not below `share` of all. */
export function quantile(samples: Samples, share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const sample = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (sample === undefined) throw new Error('No samples.');
  return sample;
}

/** The lowest and the highest of what `figure` makes of the blocks: how far the figure can be trusted. */
export function spread(all: Samples[], figure: (...block: Samples[]) => number): [number, number] {
  const rounds = all[0]?.length ?? 0;
  const figures = Array.from({ length: Math.min(BLOCKS, rounds) }, (_, block) => {
    const from = Math.floor((block * rounds) / BLOCKS);
    const to = Math.max(from + 1, Math.floor(((block + 1) * rounds) / BLOCKS));
    return figure(...all.map((samples) => samples.slice(from, to)));
  });
  return [Math.min(...figures), Math.max(...figures)];
}
