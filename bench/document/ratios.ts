import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import type { EncodedDocument } from '../../src/document/encodeDocument.js';
import type { Limit, Table } from '../frame/bench.js';
import { p50InBlocks, range } from '../frame/cells.js';
import {
  interleave,
  type Measure,
  median,
  quantile,
  type Rounds,
  type Samples,
  spread,
  timeOf,
} from '../frame/samples.js';
import type { BigEnvironment } from './bigEnvironment.js';
import { type Floor, openFloor } from './floor.js';
import { type Form, produceDocument } from './produce.js';

const AT_MOST_OVER_FLOOR = 1.6;
const AT_MOST_OVER_V1 = 1.3;

/** What a document costs over fetching its rows and compressing its JSON, and v2 versioning over v1. */
export async function measureRatios(
  environment: BigEnvironment,
  rounds: Rounds,
): Promise<{ tables: Table[]; limits: Limit[] }> {
  const v1 = connectDatabase(environment.v1Url, { applicationName: 'bench' });
  const v2 = connectDatabase(environment.v2Url, { applicationName: 'bench' });
  const compressed = await documentSubject(v1, environment, 'compressed');
  const plain = await documentSubject(v1, environment, 'plain');
  const compressedV2 = await documentSubject(v2, environment, 'compressed');
  const plainV2 = await documentSubject(v2, environment, 'plain');
  const floor = await openFloor(environment.v1Url, environment.id, compressed.first);
  try {
    const samples = await interleave(
      {
        fetch: fetchSubject(floor),
        fetchAndGzip: fetchSubject(floor, { gzip: true }),
        compressed: compressed.run,
        plain: plain.run,
        compressedV2: compressedV2.run,
        plainV2: plainV2.run,
      },
      rounds,
    );
    for (const { checkLast } of [compressed, plain, compressedV2, plainV2]) checkLast();
    const ratios = toRatios(samples);
    return { tables: [timesTable(samples), ratiosTable(ratios)], limits: ratios.flatMap(toLimit) };
  } finally {
    await Promise.all([floor.end(), v1.end(), v2.end()]);
  }
}

interface DocumentSubject {
  first: EncodedDocument;
  run: Measure;
  checkLast: () => void;
}

/** Every round is checked by the document's hash, the first and the last also item by item. */
async function documentSubject(
  db: Database,
  environment: BigEnvironment,
  form: Form,
): Promise<DocumentSubject> {
  const produce = async () => (await produceDocument(db, environment.id, form)).encoded;
  const first = await produce();
  environment.check(first, form);
  let last = first;
  return {
    first,
    run: async () => {
      const ms = await timeOf(async () => (last = await produce()));
      assert.equal(last.hash, first.hash);
      return ms;
    },
    checkLast: () => {
      environment.check(last, form);
    },
  };
}

/** Every round must fetch as many rows as the product does, and compress to as many bytes. */
function fetchSubject(floor: Floor, { gzip = false } = {}): Measure {
  return () =>
    timeOf(async () => {
      assert.equal(await floor.fetch(), floor.expectedRows);
      if (gzip) assert.equal(floor.compress(), floor.expectedBytes);
    });
}

type Subject = 'fetch' | 'fetchAndGzip' | 'compressed' | 'plain' | 'compressedV2' | 'plainV2';

interface Ratio {
  what: string;
  figure: Samples;
  over: Samples;
  /** None for a ratio that is only told. */
  atMost?: number;
}

/** Both forms are held against the same floor; the plain one, which compresses nothing, is also told over fetching alone. */
const toRatios = (of: Record<Subject, Samples>): Ratio[] => [
  {
    what: 'compressed / fetch and gzip',
    figure: of.compressed,
    over: of.fetchAndGzip,
    atMost: AT_MOST_OVER_FLOOR,
  },
  {
    what: 'plain / fetch and gzip',
    figure: of.plain,
    over: of.fetchAndGzip,
    atMost: AT_MOST_OVER_FLOOR,
  },
  { what: 'plain / fetch', figure: of.plain, over: of.fetch },
  { what: 'compressed, v2 / v1', figure: of.compressedV2, over: of.compressed, atMost: AT_MOST_OVER_V1 },
  { what: 'plain, v2 / v1', figure: of.plainV2, over: of.plain, atMost: AT_MOST_OVER_V1 },
];

const ratioOf = (figure: Samples = [], over: Samples = []): number => median(figure) / median(over);

const toLimit = ({ what, figure, over, atMost }: Ratio): Limit[] =>
  atMost === undefined ? [] : [{ what, measured: ratioOf(figure, over), atMost }];

const SUBJECTS: Record<Subject, string> = {
  fetch: 'floor: fetch',
  fetchAndGzip: 'floor: fetch and gzip',
  compressed: 'compressed document',
  plain: 'plain document',
  compressedV2: 'compressed document, v2 versioning',
  plainV2: 'plain document, v2 versioning',
};

const timesTable = (samples: Record<Subject, Samples>): Table => ({
  title:
    'One document of 200 features, 50 segments and 185 overrides, from the snapshot to both items ready to put',
  columns: ['ms', 'median', 'p90', 'medians of 5 blocks'],
  rows: (Object.keys(SUBJECTS) as Subject[]).map((subject) => [
    SUBJECTS[subject],
    median(samples[subject]).toFixed(2),
    quantile(samples[subject], 0.9).toFixed(2),
    p50InBlocks(samples[subject], 2),
  ]),
  notes: [
    'Fetch: the very same statements as bare text on one pg connection, in the same kind of transaction and the same',
    'round trips; the rows are received and thrown away. Gzip: level 9, of the finished JSON of both compressed parts.',
  ],
});

const ratiosTable = (ratios: Ratio[]): Table => ({
  title: 'Ratios of those medians',
  columns: ['', 'ratio', 'in 5 blocks', 'at most'],
  rows: ratios.map(({ what, figure, over, atMost }) => [
    what,
    ratioOf(figure, over).toFixed(2),
    range(spread([figure, over], ratioOf)),
    atMost?.toFixed(1) ?? '-',
  ]),
});
