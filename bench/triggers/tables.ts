import type { Table } from '../frame/bench.js';
import { p50AndP99, range } from '../frame/cells.js';
import { median, quantile, type Samples, spread } from '../frame/samples.js';
import { type Triggers, TRIGGERS } from './databases.js';
import type { MeasuredClaims } from './measureClaims.js';
import type { MeasuredStatement } from './measureStatements.js';

export const statementsTable = (
  title: string,
  measured: MeasuredStatement[],
  notes: string[] = [],
): Table => ({
  title,
  columns: [
    'statement',
    'our triggers',
    'p50 ms',
    'p99 ms',
    'more ms, p50',
    'ratio of p50',
    'in 5 blocks',
    'ratio of p99',
  ],
  rows: measured.flatMap((one) => TRIGGERS.map((triggers) => toRow(one, triggers))),
  notes: [
    'Sync: those of `migrate --without-net`; net: all. Times are those of the client, with the way to the server and back.',
    ...notes,
  ],
});

function toRow({ statement, samples }: MeasuredStatement, triggers: Triggers): (string | number)[] {
  const figures = [statement.name, triggers, ...p50AndP99(samples[triggers], 2)];
  if (triggers === 'none') return [...figures, '-', '-', '-', '-'];
  const [own, without] = [samples[triggers], samples.none];
  return [
    ...figures,
    (median(own) - median(without)).toFixed(2),
    (median(own) / median(without)).toFixed(2),
    range(spread([own, without], ratioOfMedians)),
    (quantile(own, 0.99) / quantile(without, 0.99)).toFixed(2),
  ];
}

const ratioOfMedians = (own: Samples = [], without: Samples = []) => median(own) / median(without);

export const claimsTable = (states: [string, MeasuredClaims][]): Table => ({
  title: "The relay's claim",
  columns: ['ms', 'dead rows', 'nothing due, p50', 'p99', 'a full batch, p50', 'p99'],
  rows: states.map(([state, { deadRows, nothingDue, fullBatch }]) => [
    state,
    deadRows,
    ...p50AndP99(nothingDue, 2),
    ...p50AndP99(fullBatch, 2),
  ]),
  notes: ['Dead rows: in the outbox after a vacuum, which must leave them while the snapshot is open.'],
});
