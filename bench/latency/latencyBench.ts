import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { GENERATED, generateEnvironment, sizeOf } from '../document/generatedEnvironment.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { changeToDocument, firstDocument, readDocument } from '../frame/changes.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { median, quantile, type Samples, spread } from '../frame/samples.js';
import { startFloor } from './floor.js';

const ROUNDS = 100;
const WARM_UP = 10;
const FEATURES = 200;
const AT_MOST = 1.4;
/** Until the workflow of one round has ended too: the next one is to find nothing under way. */
const REST_MS = 150;

export const latencyBench: Bench = {
  name: 'latency',
  summary: 'from the commit of an audit row to the item readable in DynamoDB, unloaded',
  run: (context) =>
    withLiveSystem(
      context.progress,
      (url) => generateEnvironment(url, sizeOf(FEATURES)),
      (system) => measure(system, context),
    ),
};

async function measure(
  system: LiveSystem,
  { rounds = ROUNDS, progress }: BenchContext,
): Promise<BenchResult> {
  progress(`${rounds} rounds after ${WARM_UP} to warm up`);
  const item = await firstDocument(system, GENERATED);
  const floor = await startFloor(system, item);
  const samples = { floor: [] as number[], product: [] as number[] };
  try {
    for (let round = -WARM_UP; round < rounds; round++) {
      const floorMs = await floor.measure();
      await delay(REST_MS);
      const productMs = await changeToDocument(system, GENERATED);
      await delay(REST_MS);
      if (round < 0) continue;
      samples.floor.push(floorMs);
      samples.product.push(productMs);
    }
  } finally {
    await floor.stop();
  }
  await checkDocument(system, item);
  return toResult(system, samples, rounds);
}

/** What was written at last is what was written at first, but for the moment. */
async function checkDocument(system: LiveSystem, first: DynamoItem): Promise<void> {
  const last = await readDocument(system, GENERATED);
  assert.equal(last['document_sync']?.M?.['hash']?.S, first['document_sync']?.M?.['hash']?.S);
  assert.notEqual(last['document_sync']?.M?.['order']?.S, first['document_sync']?.M?.['order']?.S);
}

function toResult(
  { pollIntervalMs }: LiveSystem,
  { floor, product }: { floor: Samples; product: Samples },
  rounds: number,
): BenchResult {
  const bound = median(floor) + pollIntervalMs / 2;
  const row = (what: string, samples: Samples) => [
    what,
    median(samples).toFixed(1),
    quantile(samples, 0.99).toFixed(1),
    spread([samples], (block = []) => median(block))
      .map((ms) => ms.toFixed(1))
      .join(' – '),
  ];
  return {
    settings: {
      features: FEATURES,
      rounds: `${rounds} after ${WARM_UP} to warm up, floor and product in turn`,
      'relay polls every': `${pollIntervalMs} ms`,
    },
    tables: [
      {
        title: 'From the change to the item readable in DynamoDB',
        columns: ['ms', 'p50', 'p99', 'p50 of 5 blocks'],
        rows: [row('floor', floor), row('product', product)],
        notes: [
          'Floor: signalWithStart of a workflow of two activities, one empty, one that puts the same item; read the same way.',
          'Servers, workers and reader share the machine.',
        ],
      },
    ],
    limits: [
      {
        what: 'p50 over the floor and half of the poll interval',
        measured: median(product) / bound,
        atMost: AT_MOST,
      },
    ],
  };
}
