import assert from 'node:assert/strict';
import { check } from '../../proof/checker/check.js';
import { FAULTS, type FindingKind, isClean, noFindings, sumFindings } from '../../proof/checker/findings.js';
import type { CommittedState } from '../../proof/checker/history.js';
import type { Observation } from '../../proof/checker/observations.js';

const state = (content: string | null, more: Partial<CommittedState> = {}): CommittedState => ({
  content,
  flagged: false,
  halfMade: false,
  key: content === null ? null : 'K',
  ...more,
});

/** Each is the content, or the content and the order, in order of appearance under the key `K`. */
const seen = (...contents: (string | null | [string, string])[]): Observation[] =>
  contents.map((content, i) =>
    Array.isArray(content)
      ? { key: 'K', content: content[0], order: content[1], atMs: i }
      : { key: 'K', content, order: null, atMs: i },
  );

/** Only the counts that are not zero. */
function findings(
  history: CommittedState[],
  observations: Observation[],
  readings: Record<string, string | null> = { K: observations.at(-1)?.content ?? null },
): Partial<Record<FindingKind, number>> {
  const { details, ...counts } = check(history, observations, {
    finalReadings: new Map(Object.entries(readings)),
  });
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  assert.equal(
    details.length,
    found.reduce((sum, [, count]) => sum + count, 0),
    'a detail for each finding',
  );
  return Object.fromEntries(found);
}

describe('check', () => {
  describe('finds nothing', () => {
    it('where each state arrives in turn, or states are passed over', () => {
      assert.deepEqual(findings([state('a'), state('b'), state('c')], seen('a', 'b', 'c')), {});
      assert.deepEqual(findings([state('a'), state('b'), state('c')], seen('c')), {});
    });

    it('where a state is written twice', () => {
      assert.deepEqual(findings([state('a'), state('b')], seen('a', 'a', 'b', 'b')), {});
    });

    it('where a change was taken back, so that a later state equals an earlier one', () => {
      assert.deepEqual(findings([state('a'), state('b'), state('a')], seen('a', 'b', 'a')), {});
    });

    it('where a flagged state has no other content than the complete one before it', () => {
      assert.deepEqual(
        findings([state('a'), state('a', { flagged: true }), state('b')], seen('a', 'a', 'b')),
        {},
      );
    });

    it('where the end is flagged, and the document stays as it was before', () => {
      assert.deepEqual(findings([state('a'), state('b'), state('c', { flagged: true })], seen('a')), {});
    });

    it('where a deleted environment is gone, even if it came back for a while', () => {
      assert.deepEqual(findings([state('a'), state(null)], seen('a', null)), {});
      assert.deepEqual(findings([state('a'), state(null)], seen('a', null, 'a', null)), {});
    });

    it('where the key was changed, and the item under the old one is gone', () => {
      const history = [state('a', { key: 'old' }), state('b', { key: 'new' })];
      const observations: Observation[] = [
        { key: 'old', content: 'a', order: '1', atMs: 0 },
        { key: 'new', content: 'b', order: '2', atMs: 1 },
        { key: 'old', content: null, order: null, atMs: 2 },
      ];
      assert.deepEqual(findings(history, observations, { old: null, new: 'b' }), {});
    });

    it('where an environment was restored after its deletion', () => {
      assert.deepEqual(findings([state('a'), state(null), state('a')], seen('a', null, 'a')), {});
    });

    it('where nothing is written for the environment', () => {
      assert.deepEqual(findings([state('a'), state(null, { key: 'K' })], seen('a')), {});
    });
  });

  it('finds a document of a state in which a flag was up: partial', () => {
    assert.deepEqual(findings([state('half', { flagged: true }), state('whole')], seen('half', 'whole')), {
      partial: 1,
    });
  });

  it('finds a flagged state that equals a complete one from before the last document: partial', () => {
    const history = [state('a'), state('b'), state('a', { flagged: true }), state('c')];
    assert.deepEqual(findings(history, seen('a', 'b', 'a', 'c')), { partial: 1 });
  });

  it('counts half-made documents of creators without a flag apart', () => {
    const history = [state('half', { halfMade: true }), state('whole')];
    assert.deepEqual(findings(history, seen('half', 'whole')), { partialUnflagged: 1 });
    assert.ok(isClean(check(history, seen('half', 'whole'), { finalReadings: new Map([['K', 'whole']]) })));
  });

  it('finds a document that goes back to an earlier state: stale', () => {
    assert.deepEqual(findings([state('a'), state('b')], seen('a', 'b', 'a', 'b')), { stale: 1 });
  });

  it('finds a step back past an equal state: the second a may be the third state, the b after it is none', () => {
    const history = [state('a'), state('b'), state('a')];
    assert.deepEqual(findings(history, seen('a', 'b', 'a', 'b', 'a')), { stale: 1 });
  });

  it('finds an old document that replaced the last one and stays: stale, and lost', () => {
    assert.deepEqual(findings([state('a'), state('b')], seen('b', 'a')), { stale: 1, lost: 1 });
  });

  it('finds a last change that never arrived: lost', () => {
    assert.deepEqual(findings([state('a'), state('b')], seen('a')), { lost: 1 });
    assert.deepEqual(findings([state('a')], [], { K: null }), { lost: 1 });
  });

  it('finds a document that is gone though its environment is there: lost', () => {
    assert.deepEqual(findings([state('a')], seen('a', null)), { lost: 1 });
  });

  it('finds a deletion that never arrived: lost', () => {
    assert.deepEqual(findings([state('a'), state(null)], seen('a')), { lost: 1 });
  });

  it('finds a deleted document that came back to stay: resurrected', () => {
    assert.deepEqual(findings([state('a'), state(null)], seen('a', null, 'a')), { resurrected: 1 });
  });

  it('finds the same under a former key', () => {
    const history = [state('a', { key: 'old' }), state('b', { key: 'new' })];
    const observations: Observation[] = [
      { key: 'old', content: 'a', order: null, atMs: 0 },
      { key: 'old', content: null, order: null, atMs: 1 },
      { key: 'new', content: 'b', order: null, atMs: 2 },
      { key: 'old', content: 'a', order: null, atMs: 3 },
    ];
    assert.deepEqual(findings(history, observations, { old: 'a', new: 'b' }), { resurrected: 1 });
  });

  it('finds a document that equals no state, also one of another key: unknown', () => {
    assert.deepEqual(findings([state('a'), state('b')], seen('x', 'b')), { unknown: 1 });
    assert.deepEqual(findings([state('a', { key: 'other' }), state('b')], seen('a', 'b')), { unknown: 1 });
  });

  it('finds an order below the one it replaced, whatever the content', () => {
    assert.deepEqual(findings([state('a')], seen(['a', '2'], ['a', '1'], ['a', '1'])), { orderFell: 1 });
  });

  it('lets orders begin anew after a deletion', () => {
    assert.deepEqual(findings([state('a')], seen(['a', '2'], null, ['a', '1'])), {});
  });
});

describe('findings', () => {
  it('are clean only where each kind of fault is absent', () => {
    assert.ok(isClean(noFindings()));
    for (const kind of FAULTS) assert.ok(!isClean({ ...noFindings(), [kind]: 1 }), kind);
  });

  it('add up, with their details', () => {
    const sum = sumFindings([
      { ...noFindings(), stale: 1, details: ['stale: x'] },
      { ...noFindings(), stale: 2, partialUnflagged: 1, details: ['stale: y'] },
    ]);
    assert.deepEqual(sum, {
      ...noFindings(),
      stale: 3,
      partialUnflagged: 1,
      details: ['stale: x', 'stale: y'],
    });
  });
});
