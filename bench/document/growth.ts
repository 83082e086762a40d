import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { itemSizeBytes } from '../../src/document/itemSize.js';
import type { Limit, Table } from '../frame/bench.js';
import { p50InBlocks } from '../frame/cells.js';
import type { BenchPostgres } from '../frame/database.js';
import { interleave, median, type Rounds, timeOf } from '../frame/samples.js';
import {
  type EnvironmentSize,
  GENERATED_ENVIRONMENT,
  generateEnvironment,
  sizeOf,
} from './generatedEnvironment.js';
import { type Produced, produceDocument } from './produce.js';

const FEATURES = [10, 200, 2_000];
/** The time for each feature does not grow, but for a fifth of it: the noise of the machine. */
const AT_MOST_PER_FEATURE = 1.2;

type StageTimes = Omit<Produced, 'encoded'>;

interface Measured {
  size: EnvironmentSize;
  itemBytes: number;
  /** One of each round. */
  times: StageTimes[];
}

/** How the time for one document grows with the environment. */
export async function measureGrowth(
  postgres: BenchPostgres,
  rounds: Rounds,
): Promise<{ tables: Table[]; limits: Limit[] }> {
  const subjects = await Promise.all(
    FEATURES.map(async (features) => growthSubject(await openEnvironment(postgres, features), features)),
  );
  try {
    await interleave(Object.fromEntries(subjects.map(({ name, run }) => [name, () => timeOf(run)])), rounds);
  } finally {
    await Promise.all(subjects.map(({ db }) => db.end()));
  }
  const measured = subjects.map(({ measured }) => ({
    ...measured,
    times: measured.times.slice(rounds.warmUp),
  }));
  return { tables: [toTable(measured)], limits: toLimits(measured) };
}

async function openEnvironment(postgres: BenchPostgres, features: number): Promise<Database> {
  const url = await postgres.createDatabase(`growth_${features}`);
  await generateEnvironment(url, sizeOf(features));
  return connectDatabase(url, { applicationName: 'bench' });
}

function growthSubject(db: Database, features: number) {
  const measured: Measured = { size: sizeOf(features), itemBytes: 0, times: [] };
  const run = async () => {
    const { encoded, ...times } = await produceDocument(db, GENERATED_ENVIRONMENT, 'compressed');
    assert.equal(encoded.featureStatesCount, features);
    measured.times.push(times);
    measured.itemBytes = itemSizeBytes(encoded.v1);
  };
  return { name: String(features), db, measured, run };
}

const total = ({ readMs, buildMs, encodeMs }: StageTimes): number => readMs + buildMs + encodeMs;

const medianOf = ({ times }: Measured, part: (times: StageTimes) => number): number =>
  median(times.map(part));

const toTable = (all: Measured[]): Table => ({
  title: 'How the compressed document grows, in medians',
  columns: [
    'features',
    'segments',
    'overrides',
    'read ms',
    'build ms',
    'encode ms',
    'all ms',
    'in 5 blocks',
    'item bytes',
  ],
  rows: all.map((measured) => [
    measured.size.features,
    measured.size.segments,
    measured.size.overrides,
    medianOf(measured, ({ readMs }) => readMs).toFixed(2),
    medianOf(measured, ({ buildMs }) => buildMs).toFixed(2),
    medianOf(measured, ({ encodeMs }) => encodeMs).toFixed(2),
    medianOf(measured, total).toFixed(2),
    p50InBlocks(measured.times.map(total), 2),
    measured.itemBytes,
  ]),
});

/** Each size against the one before it. */
const toLimits = (all: Measured[]): Limit[] =>
  all.slice(1).map((measured, before) => {
    const smaller = all[before];
    assert.ok(smaller);
    const perFeature = (of: Measured) => medianOf(of, total) / of.size.features;
    return {
      what: `time for each feature, at ${measured.size.features} features over at ${smaller.size.features}`,
      measured: perFeature(measured) / perFeature(smaller),
      atMost: AT_MOST_PER_FEATURE,
    };
  });
