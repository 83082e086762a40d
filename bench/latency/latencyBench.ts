import assert from 'node:assert/strict';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { GENERATED, generateEnvironment, USUAL } from '../document/generatedEnvironment.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { p50AndP99, p50InBlocks } from '../frame/cells.js';
import { changeToDocument, firstDocument, quietly, readDocument } from '../frame/changes.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { describeRounds, interleave, median, type Rounds, type Samples } from '../frame/samples.js';
import { startFloor } from './floor.js';

const ROUNDS = 100;
const AT_MOST = 1.4;

export const latencyBench: Bench = {
  name: 'latency',
  summary: 'from the commit of an audit row to the item readable in DynamoDB, unloaded',
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
  const quiet = quietly(rounds);
  progress(`rounds: ${describeRounds(quiet)}`);
  const item = await firstDocument(system, GENERATED);
  const floor = await startFloor(system, item);
  try {
    const samples = await interleave(
      { floor: () => floor.measure(), product: () => changeToDocument(system, GENERATED) },
      quiet,
    );
    await checkDocument(system, item);
    return toResult(system, samples, quiet);
  } finally {
    await floor.stop();
  }
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
  rounds: Rounds,
): BenchResult {
  const bound = median(floor) + pollIntervalMs / 2;
  const row = (what: string, samples: Samples) => [what, ...p50AndP99(samples), p50InBlocks(samples)];
  return {
    settings: {
      features: USUAL.features,
      rounds: `${describeRounds(rounds)}, floor and product in turn`,
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
