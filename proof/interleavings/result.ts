import type { BenchResult, Table } from '../../bench/frame/bench.js';
import { brokenOffLimit } from '../brokenOff.js';
import { FAULTS } from '../checker/findings.js';
import { type Interleaved, type ProductRuns, SOONER } from './product.js';
import type { Situations } from './situations.js';

const SITUATIONS: [keyof Situations, string][] = [
  ['environments', 'environments'],
  ['commits', 'commits'],
  ['flaggedStates', 'states of environments with a seeding flag up'],
  ['halfMadeStates', 'states half-made by creators without a flag'],
  ['creations', 'creations by the product'],
  ['failedCreations', 'creations refused, their project gone'],
  ['slowCommits', 'transactions held open'],
  ['rollbacks', 'transactions rolled back'],
  ['refused', 'transactions that PostgreSQL refused'],
  ['deletions', 'environments deleted'],
  ['rekeys', 'keys changed'],
  ['rebuilds', 'rebuilds beside syncs'],
  ['puts', 'items put'],
  ['deletes', 'items deleted'],
  ['overlapping', 'environments explained by overlapping commits only'],
  ['failedSyncs', 'environments whose last sync failed'],
];

const KINDS: Record<(typeof FAULTS)[number], string> = {
  partial: 'partial documents, with a flag up',
  stale: 'stale documents',
  lost: 'lost changes',
  resurrected: 'resurrected documents',
  unknown: 'documents of no committed state',
  orderFell: 'orders that fell',
};

/** As a table and limits, all of them 0. */
export function resultOf(options: ProductRuns, interleaved: Interleaved): BenchResult {
  const { done, durationMs, findings } = interleaved;
  return {
    settings: {
      interleavings: options.runs,
      seed: options.seed,
      'at a time': options.atATime,
      ...SOONER,
      'second deletion': '4 s after the first',
    },
    tables: [situationsTable(interleaved)],
    limits: [
      ...FAULTS.map((kind) => ({ what: KINDS[kind], measured: findings[kind], atMost: 0, unit: '' })),
      {
        what: 'readings that the record lacks',
        measured: interleaved.contradictions.length,
        atMost: 0,
        unit: '',
      },
      brokenOffLimit('interleavings', options.runs - done),
    ],
  };

  function situationsTable({ situations }: Interleaved): Table {
    return {
      title: `${done} interleavings in ${(durationMs / 1000).toFixed(0)} s, ${((done * 1000) / durationMs).toFixed(1)} a second`,
      columns: ['what happened', 'times'],
      rows: [
        ...SITUATIONS.map(([name, title]) => [title, situations[name] ?? 0]),
        ['looks that found something being seeded', interleaved.seedingWaits],
        ['writes superseded', interleaved.superseded],
        ['writes refused by their condition', interleaved.refusedWrites],
        ['readings beside the record', interleaved.readings],
        ['documents half-made by creators without a flag', findings.partialUnflagged],
      ],
      notes: [
        'Documents of creators that set no flag are as good as can be seen from outside: they count apart.',
      ],
    };
  }
}
