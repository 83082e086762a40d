import { generateEnvironment, GENERATED, USUAL } from '../document/generatedEnvironment.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { p50AndP99, p50InBlocks } from '../frame/cells.js';
import { changeToDocument, firstDocument, quietly } from '../frame/changes.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { describeRounds, interleave, median, type Rounds, type Samples } from '../frame/samples.js';
import { LOOK, Seeder } from './seeder.js';

/** Each takes the seconds that the looks before the last are apart. */
const ROUNDS = 30;
const WARM_UP = 3;
const AT_MOST = 1.5;

export const seedingBench: Bench = {
  name: 'seeding',
  summary: 'from the cleared flag of a seeding environment to its item, while the next look is seconds away',
  run: (context) =>
    withLiveSystem(
      context.progress,
      (url) => generateEnvironment(url, USUAL),
      (system) => measure(system, context),
    ),
};

async function measure(
  system: LiveSystem,
  { rounds = ROUNDS, progress }: BenchContext,
): Promise<BenchResult> {
  const quiet = { ...quietly(rounds), warmUp: WARM_UP };
  progress(`rounds: ${describeRounds(quiet)}`);
  await firstDocument(system, GENERATED);
  const seeder = new Seeder(system);
  const samples = await interleave(
    { single: () => changeToDocument(system, GENERATED), seeding: () => seeder.seedToDocument() },
    quiet,
  );
  return toResult(samples, seeder.aheadMs.slice(WARM_UP), quiet);
}

function toResult(
  { single, seeding }: { single: Samples; seeding: Samples },
  aheadMs: Samples,
  rounds: Rounds,
): BenchResult {
  const row = (what: string, samples: Samples) => [
    what,
    ...p50AndP99(samples),
    Math.max(...samples).toFixed(1),
    p50InBlocks(samples),
  ];
  return {
    settings: {
      features: USUAL.features,
      rounds: `${describeRounds(rounds)}, both in turn`,
    },
    tables: [
      {
        title: 'To the item readable in DynamoDB',
        columns: ['ms', 'p50', 'p99', 'longest', 'p50 of 5 blocks'],
        rows: [
          row('from a single change, nothing else under way', single),
          row('from the cleared flag, behind the last feature state', seeding),
        ],
        notes: [
          `The sync had looked ${LOOK} times, and its timer was to fire at least ${Math.min(...aheadMs).toFixed(0)} ms after the flag was`,
          'cleared. Each history is checked: the timer was cancelled before it fired.',
        ],
      },
    ],
    limits: [
      {
        what: 'p50 from the cleared flag, over that of a single change',
        measured: median(seeding) / median(single),
        atMost: AT_MOST,
      },
    ],
  };
}
