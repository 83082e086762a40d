import assert from 'node:assert/strict';
import { capReasons } from '../../src/seeding/lookAtSeeding.js';
import {
  type CompoundRow,
  type PairRow,
  type SeedingPolicy,
  type SeedingRows,
  seedingVerdict,
} from '../../src/seeding/seedingVerdict.js';
import type { SeedingMemory, SeedingReason } from '../../src/workflows/contract.js';

const POLICY: SeedingPolicy = { inferenceWindowMs: 60_000 };
const NOW = '2026-11-22T12:00:00.123456';
const FRESH = { fingerprint: 'aaaaaaaabbbbbbbbccccccccdddddddd' };

describe('seedingVerdict, with a flag up', () => {
  it('names the environment and each feature that is being created', () => {
    const verdict = look(rows({ environmentIsCreating: true, creatingFeatureIds: [7, 9] }));
    assert.equal(verdict.flagged, true);
    assert.deepEqual(verdict.reasons, [
      { kind: 'environment_is_creating' },
      { kind: 'feature_is_creating', featureId: 7 },
      { kind: 'feature_is_creating', featureId: 9 },
    ]);
  });

  it('holds without an end of its own', () => {
    const verdict = look(rows({ environmentIsCreating: true }), at(10 * 60_000), {
      waitingSince: NOW,
      lookedAt: at(9 * 60_000),
      compounds: [],
      settled: [],
    });
    assert.equal(verdict.flagged, true);
    assert.equal(verdict.inferenceEndsInMs, 0);
    assert.deepEqual(verdict.expired, []);
  });
});

describe('seedingVerdict, with nothing but complete rows', () => {
  it('has no reason to wait', () => {
    const { reasons, flagged, expired, inferenceEndsInMs } = look(rows({ youngPairs: [pair({})] }));
    assert.deepEqual(
      { reasons, flagged, expired, inferenceEndsInMs },
      { reasons: [], flagged: false, expired: [], inferenceEndsInMs: 0 },
    );
  });
});

describe('seedingVerdict, of a young pair', () => {
  const gaps: { lacks: string; pair: Partial<PairRow>; kind: SeedingReason['kind'] }[] = [
    {
      lacks: 'its feature state',
      pair: { hasState: false, hasValue: false, missingOptionValues: 2 },
      kind: 'feature_state_missing',
    },
    {
      lacks: 'the value of its feature state',
      pair: { hasValue: false, missingOptionValues: 2 },
      kind: 'feature_state_value_missing',
    },
    { lacks: 'a multivariate value', pair: { missingOptionValues: 1 }, kind: 'multivariate_values_missing' },
  ];
  for (const gap of gaps) {
    it(`that lacks ${gap.lacks}, infers ${gap.kind} without a flag`, () => {
      const verdict = look(rows({ youngPairs: [pair({ featureId: 5, ...gap.pair })] }));
      assert.deepEqual(verdict.reasons, [{ kind: gap.kind, featureId: 5 }]);
      assert.equal(verdict.flagged, false);
    });
  }

  it('delays until the last gap has left the window, and says in how long that is', () => {
    const verdict = look(
      rows({
        youngPairs: [
          pair({ featureId: 1, createdAt: at(-50_000), hasState: false }),
          pair({ featureId: 2, createdAt: at(-10_000), hasState: false }),
          pair({ featureId: 3, createdAt: at(-1_000) }),
        ],
      }),
    );
    assert.equal(verdict.inferenceEndsInMs, 50_000);
  });

  it('no longer delays at the very end of the window, yet is told of', () => {
    const gap: SeedingReason = { kind: 'feature_state_missing', featureId: 1 };
    const aged = (ageMs: number) =>
      look(rows({ youngPairs: [pair({ featureId: 1, createdAt: at(-ageMs), hasState: false })] }));
    assert.deepEqual(aged(59_999).reasons, [gap]);
    assert.deepEqual(aged(59_999).expired, []);
    assert.deepEqual(aged(60_000).reasons, []);
    assert.deepEqual(aged(60_000).expired, [gap]);
    assert.equal(aged(60_000).inferenceEndsInMs, 0);
  });
});

describe('seedingVerdict, of a multivariate feature or a segment', () => {
  const feature = compound({ kind: 'feature', id: 5 });
  const settling: SeedingReason[] = [{ kind: 'feature_settling', featureId: 5 }];
  const settled: SeedingReason[] = [];

  it('takes it for unsettled at the first look', () => {
    const verdict = look(rows({ youngCompounds: [feature, compound({ kind: 'segment', id: 8 })] }));
    assert.deepEqual(verdict.reasons, [...settling, { kind: 'segment_settling', segmentId: 8 }]);
    assert.equal(verdict.flagged, false);
  });

  for (const { laterMs, fingerprint, outcome, expected } of [
    { laterMs: 949, fingerprint: FRESH.fingerprint, outcome: 'unsettled', expected: settling },
    { laterMs: 950, fingerprint: FRESH.fingerprint, outcome: 'settled', expected: settled },
    { laterMs: 4_000, fingerprint: FRESH.fingerprint, outcome: 'settled', expected: settled },
    { laterMs: 4_000, fingerprint: 'b'.repeat(32), outcome: 'unsettled', expected: settling },
  ]) {
    const same = fingerprint === FRESH.fingerprint ? 'equal' : 'different';
    it(`takes it for ${outcome} when it looks ${same} ${laterMs} ms later`, () => {
      const first = look(rows({ youngCompounds: [feature] }));
      const second = look(rows({ youngCompounds: [{ ...feature, fingerprint }] }), at(laterMs), first.memory);
      assert.deepEqual(second.reasons, expected);
    });
  }

  it('never takes one for another of the same id', () => {
    const first = look(rows({ youngCompounds: [feature] }));
    const second = look(rows({ youngCompounds: [{ ...feature, kind: 'segment' }] }), at(2_000), first.memory);
    assert.deepEqual(second.reasons, [{ kind: 'segment_settling', segmentId: 5 }]);
  });

  it('no longer waits for it once it has left the window', () => {
    const old = { ...feature, createdAt: at(-60_000) };
    const verdict = look(rows({ youngCompounds: [old] }));
    assert.deepEqual(verdict.reasons, []);
    assert.deepEqual(verdict.expired, settling);
  });
});

describe('the memory of seedingVerdict', () => {
  const feature = compound({ kind: 'feature', id: 5 });

  it('keeps when the wait began, and takes the latest look', () => {
    const first = look(rows({ youngCompounds: [feature] }));
    const second = look(rows({}), at(1_000), first.memory);
    assert.deepEqual(first.memory, {
      waitingSince: NOW,
      lookedAt: NOW,
      compounds: ['feature 5 aaaaaaaa'],
      settled: [],
    });
    assert.deepEqual(second.memory, { waitingSince: NOW, lookedAt: at(1_000), compounds: [], settled: [] });
  });

  it('keeps the older look where the new one came too soon, so that frequent looks settle too', () => {
    const first = look(rows({ youngCompounds: [feature] }));
    const tooSoon = look(rows({ youngCompounds: [feature] }), at(600), first.memory);
    const third = look(rows({ youngCompounds: [feature] }), at(1_200), tooSoon.memory);
    assert.deepEqual(tooSoon.memory, first.memory);
    assert.deepEqual(third.reasons, []);
  });

  it('keeps what has settled, also through a look too soon after, until it changes', () => {
    const first = look(rows({ youngCompounds: [feature] }));
    const second = look(rows({ youngCompounds: [feature] }), at(1_000), first.memory);
    const tooSoon = look(rows({ youngCompounds: [feature] }), at(1_100), second.memory);
    const changed = look(
      rows({ youngCompounds: [{ ...feature, fingerprint: 'cccccccc' }] }),
      at(1_200),
      tooSoon.memory,
    );
    assert.deepEqual([second.reasons, tooSoon.reasons], [[], []]);
    assert.deepEqual(changed.reasons, [{ kind: 'feature_settling', featureId: 5 }]);
  });

  it('holds 200 compounds; those beyond stay unsettled', () => {
    const many = Array.from({ length: 203 }, (_, index) => compound({ kind: 'feature', id: index + 1 }));
    const first = look(rows({ youngCompounds: many }));
    const second = look(rows({ youngCompounds: many }), at(1_000), first.memory);
    assert.equal(first.memory.compounds.length, 200);
    assert.deepEqual(
      second.reasons,
      [201, 202, 203].map((featureId) => ({ kind: 'feature_settling', featureId })),
    );
  });
});

describe('capReasons', () => {
  it('gives the first 20 reasons and the number of all', () => {
    const many = Array.from({ length: 31 }, (_, index): SeedingReason => ({
      kind: 'feature_is_creating',
      featureId: index,
    }));
    assert.deepEqual(capReasons(many), { reasons: many.slice(0, 20), reasonsCount: 31 });
  });
});

const look = (seedingRows: SeedingRows, now = NOW, memory?: SeedingMemory) =>
  seedingVerdict(seedingRows, now, POLICY, memory);

const rows = (given: Partial<SeedingRows>): SeedingRows => ({
  usesDynamoDb: true,
  environmentIsCreating: false,
  creatingFeatureIds: [],
  youngPairs: [],
  youngCompounds: [],
  ...given,
});

const pair = (given: Partial<PairRow>): PairRow => ({
  featureId: 1,
  createdAt: NOW,
  hasState: true,
  hasValue: true,
  missingOptionValues: 0,
  ...given,
});

function compound(given: Pick<CompoundRow, 'kind' | 'id'>): CompoundRow {
  return { createdAt: NOW, ...FRESH, ...given };
}

/** The moment so many milliseconds after `NOW`, with its microseconds. */
function at(offsetMs: number): string {
  return new Date(Date.parse('2026-11-22T12:00:00.123Z') + offsetMs).toISOString().replace('Z', '456');
}
