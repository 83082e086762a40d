import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { range } from '../frame/cells.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { describeRounds, interleave, median, type Samples, spread } from '../frame/samples.js';
import { changeAll, ordersOfAll } from '../sweeps/changeAll.js';
import { readDocuments } from '../sweeps/documents.js';
import { BIG_ORGANISATION, describeData, generateEnvironments } from '../sweeps/environments.js';
import { rebuildAll } from '../sweeps/sweeps.js';
import { startFloor } from './floor.js';

const ENVIRONMENTS = 1_000;
const ROUNDS = 3;
const LEAST_OF_FLOOR = 0.7;

export const throughputBench: Bench = {
  name: 'throughput',
  summary: 'syncs a second of one worker, over workflows of two activities and raw puts',
  run: (context) => {
    const count = context.environments ?? ENVIRONMENTS;
    return withLiveSystem(
      context.progress,
      (url) => generateEnvironments(url, count),
      (system) => measure(system, count, context),
    );
  },
};

async function measure(system: LiveSystem, count: number, context: BenchContext): Promise<BenchResult> {
  const { progress } = context;
  progress('first documents');
  await rebuildAll(system, count + 1); // with that of the other organisation
  const floor = await startFloor(system, await readDocuments(system, BIG_ORGANISATION));
  const rounds = { rounds: context.rounds ?? ROUNDS, warmUp: 1, restMs: 2_000 };
  try {
    progress(`rounds: ${describeRounds(rounds)}`);
    const samples = await interleave(
      { floor: () => floor.measure(), product: () => syncAll(system, count) },
      rounds,
    );
    return toResult(count, describeRounds(rounds), samples);
  } finally {
    await floor.stop();
  }
}

/** An audit row for each environment, in one commit; to the last document, in milliseconds. */
async function syncAll(system: LiveSystem, count: number): Promise<number> {
  const before = await ordersOfAll(system);
  const writesBefore = await system.writes();
  const startedAt = performance.now();
  await changeAll(system);
  while ((await system.writes()) < writesBefore + count) await delay(5);
  const ms = performance.now() - startedAt;
  const after = await ordersOfAll(system);
  assert.equal(after.size, count);
  for (const [id, order] of after)
    assert.ok(order > (before.get(id) ?? ''), `environment ${id} was not written`);
  return ms;
}

function toResult(
  count: number,
  rounds: string,
  { floor, product }: Record<'floor' | 'product', Samples>,
): BenchResult {
  const perSecond = (ms: number) => ((count / ms) * 1_000).toFixed(0);
  const ratio = (floorMs: Samples, productMs: Samples) => median(floorMs) / median(productMs);
  const row = (what: string, samples: Samples) => [
    what,
    (median(samples) / 1_000).toFixed(2),
    perSecond(median(samples)),
  ];
  return {
    settings: { ...describeData(count), rounds },
    tables: [
      {
        title: `One change of each of ${count} environments, from the commit to the last document`,
        columns: ['median', 's', 'a second'],
        rows: [row('floor', floor), row('syncs', product)],
        notes: [
          `Syncs of the floor's rate, round by round: ${range(spread([floor, product], ratio))}.`,
          'The floor: as many workflows of two activities, one that does nothing and one that puts both items as they are,',
          'started by this process as many at a time as the relay tells; a worker with as many slots.',
        ],
      },
    ],
    limits: [
      { what: "rate of syncs, of the floor's", measured: ratio(floor, product), atLeast: LEAST_OF_FLOOR },
    ],
  };
}
