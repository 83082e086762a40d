import assert from 'node:assert/strict';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { ENVIRONMENTS_AT_A_TIME } from '../../src/sweeps/rebuildPage.js';
import { startRebuildSweep } from '../../src/sweeps/startSweep.js';
import { GENERATED } from '../document/generatedEnvironment.js';
import type { Bench, BenchContext, BenchResult, Table } from '../frame/bench.js';
import { p50AndP99 } from '../frame/cells.js';
import { changeToDocument, firstDocument, quietly } from '../frame/changes.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { describeRounds, interleave, quantile, type Rounds, type Samples, timeOf } from '../frame/samples.js';
import { BIG_ORGANISATION, describeData, generateEnvironments } from './environments.js';
import { readDocuments } from './documents.js';
import { measureParts, type Part } from './parts.js';
import { rawPuts } from './rawPuts.js';
import { ENVIRONMENTS, settingsOf } from './sweeps.js';

const QUIET_ROUNDS = 100;
const LEAST_OF_RAW_PUTS = 0.6;
const MOST_OVER_QUIET = 2;

export const rebuildBench: Bench = {
  name: 'rebuild',
  summary:
    'documents of 10,000 environments by one worker, over raw puts, and how long others wait meanwhile',
  run: (context) => {
    const count = context.environments ?? ENVIRONMENTS;
    return withLiveSystem(
      context.progress,
      (url) => generateEnvironments(url, count),
      (system) => measure(system, count, context),
    );
  },
};

interface Measured {
  count: number;
  /** Of documents that were there already. */
  rebuildMs: number;
  /** Before the rebuild and after it. */
  rawPutsMs: [number, number];
  parts: Part[];
  /** Single changes of another organisation. */
  quiet: Samples;
  meanwhile: Samples;
}

async function measure(system: LiveSystem, count: number, context: BenchContext): Promise<BenchResult> {
  const { progress } = context;
  await firstDocument(system, GENERATED);
  progress('a first rebuild');
  await rebuild(system, count);
  progress('raw puts, a rebuild, raw puts');
  const before = await measureRawPuts(system, count);
  const rebuildMs = await timeOf(() => rebuild(system, count));
  const after = await measureRawPuts(system, count);
  requireRebuilt(before.stamps, after.stamps);
  const rounds = quietly(context.rounds ?? QUIET_ROUNDS);
  progress(`${rounds.rounds} single changes`);
  const { quiet } = await interleave({ quiet: () => changeToDocument(system, GENERATED) }, rounds);
  progress('single changes during a rebuild');
  const meanwhile = await changesDuring(system, rebuild(system, count));
  progress('the parts of a rebuild, one by one');
  const parts = await measureParts(system, count, await readDocuments(system, BIG_ORGANISATION));
  return toResult(rounds, { count, rebuildMs, rawPutsMs: [before.ms, after.ms], parts, quiet, meanwhile });
}

async function rebuild(system: LiveSystem, count: number): Promise<void> {
  const input = { organisationId: BIG_ORGANISATION };
  const sweep = await startRebuildSweep(system.client, settingsOf(system), input);
  const { done, outcomes } = await sweep.result();
  assert.deepEqual({ done, outcomes }, { done: count, outcomes: { written: count } });
}

/** What an item says of itself: `order`, and the hash of its document. */
type Stamps = Map<number, Record<'v1' | 'v2', { order: string; hash: string }>>;

/** Nothing is kept of the documents: a rebuild in a process full of them would be slower than a worker's. */
async function measureRawPuts(system: LiveSystem, count: number): Promise<{ ms: number; stamps: Stamps }> {
  const documents = await readDocuments(system, BIG_ORGANISATION);
  assert.equal(documents.size, count);
  const ms = await timeOf(() => rawPuts(system, documents.values()));
  const stamps = [...documents].map(
    ([id, { v1, v2 }]) => [id, { v1: stampOf(v1), v2: stampOf(v2) }] as const,
  );
  return { ms, stamps: new Map(stamps) };
}

function stampOf(item: DynamoItem | undefined): { order: string; hash: string } {
  const { order, hash } = item?.['document_sync']?.M ?? {};
  assert.ok(order?.S !== undefined && hash?.S !== undefined, 'an item is missing');
  return { order: order.S, hash: hash.S };
}

/** Each item was put anew, of a later moment, and says the same. */
function requireRebuilt(before: Stamps, after: Stamps): void {
  for (const [id, items] of after)
    for (const version of ['v1', 'v2'] as const) {
      const [earlier, later] = [before.get(id)?.[version], items[version]];
      assert.ok(earlier && later.order > earlier.order, `environment ${id} was not written`);
      assert.equal(later.hash, earlier.hash);
    }
}

async function changesDuring(system: LiveSystem, sweep: Promise<void>): Promise<number[]> {
  const changes: number[] = [];
  const ended = new AbortController();
  const ending = sweep.finally(() => {
    ended.abort();
  });
  ending.catch(() => undefined); // awaited below
  while (!ended.signal.aborted) changes.push(await changeToDocument(system, GENERATED));
  await ending;
  return changes;
}

function toResult(rounds: Rounds, measured: Measured): BenchResult {
  const { count, rebuildMs, rawPutsMs, quiet, meanwhile } = measured;
  const rawMs = (rawPutsMs[0] + rawPutsMs[1]) / 2;
  return {
    settings: { ...describeData(count), 'single changes': describeRounds(rounds) },
    tables: [timesTable(measured, rawMs), partsTable(measured), changesTable(measured)],
    limits: [
      {
        what: `time of a rebuild over that of raw puts (${(rawMs / rebuildMs).toFixed(2)} × their rate)`,
        measured: rebuildMs / rawMs,
        atMost: 1 / LEAST_OF_RAW_PUTS,
      },
      {
        what: 'p99 of another organisation during a rebuild, over its quiet p99',
        measured: quantile(meanwhile, 0.99) / quantile(quiet, 0.99),
        atMost: MOST_OVER_QUIET,
      },
    ],
  };
}

function timesTable({ count, rebuildMs, rawPutsMs }: Measured, rawMs: number): Table {
  const row = (what: string, ms: number) => [
    what,
    (ms / 1_000).toFixed(1),
    ((count / ms) * 1_000).toFixed(0),
    (rawMs / ms).toFixed(2),
  ];
  return {
    title: `Both items of ${count} environments`,
    columns: ['', 's', 'environments/s', 'of raw puts'],
    rows: [
      row('raw puts before', rawPutsMs[0]),
      row('rebuild', rebuildMs),
      row('raw puts after', rawPutsMs[1]),
    ],
    notes: [
      `Raw puts: the same items under the same condition from this process, ${ENVIRONMENTS_AT_A_TIME} environments at a time as in the rebuild.`,
      'The rebuild begins with the start of its workflow and ends with its result. All servers share the machine.',
    ],
  };
}

const partsTable = ({ count, rebuildMs, parts }: Measured): Table => ({
  title: 'Where the time goes: the parts of a rebuild, each done for all environments by itself',
  columns: ['ms for an environment', 'elapsed', 'CPU of this process'],
  rows: [
    ...parts.map(({ what, ms, cpuMs }) => [what, ms.toFixed(2), cpuMs.toFixed(2)]),
    ['the rebuild, as above', (rebuildMs / count).toFixed(2), ''],
  ],
  notes: ['Parts overlap: while some are being put, the next ones are read.'],
});

const changesTable = ({ quiet, meanwhile }: Measured): Table => ({
  title: 'From a commit of another organisation to the document',
  columns: ['ms', 'times', 'p50', 'p99'],
  rows: [
    ['quiet', quiet.length, ...p50AndP99(quiet)],
    ['during a rebuild', meanwhile.length, ...p50AndP99(meanwhile)],
  ],
});
