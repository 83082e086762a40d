import assert from 'node:assert/strict';
import { Pace, type SyncTime } from '../../src/outbox/pace.js';

const MOST = 20;

describe('Pace', () => {
  /** A round of as many syncs as it says, all of one project and alike. */
  const round = (pace: Pace, ms: number | undefined, projectId = 1): SyncTime[] =>
    Array.from({ length: pace.atATime }, () => ({ projectId, ms }));

  function sizesOf(pace: Pace, times: (number | undefined)[]): number[] {
    return times.map((ms) => {
      pace.adapt(round(pace, ms));
      return pace.atATime;
    });
  }

  it('begins with one environment, and doubles up to the most while syncs are as fast as that one', () => {
    const pace = new Pace(MOST);
    assert.equal(pace.atATime, 1);
    assert.deepEqual(sizesOf(pace, [50, 55, 60, 70, 75, 50]), [2, 4, 8, 16, 20, 20]);
  });

  it('stays as it is where syncs are slower, but not yet twice as slow', () => {
    assert.deepEqual(sizesOf(new Pace(MOST), [50, 80, 95]), [2, 2, 2]);
  });

  it('halves where they take twice as long, down to one, and then grows by one', () => {
    const pace = new Pace(MOST);
    assert.deepEqual(sizesOf(pace, [50, 50, 50, 100, 110]), [2, 4, 8, 4, 2]);
    assert.deepEqual(sizesOf(pace, [200, 200, 50, 50, 50]), [1, 1, 2, 3, 4]);
  });

  it('takes no notice of a single environment in trouble, but of most of them', () => {
    const pace = new Pace(MOST);
    sizesOf(pace, [50, 50, 50]);
    pace.adapt([{ projectId: 1, ms: Infinity }, ...round(pace, 50).slice(1)]);
    assert.equal(pace.atATime, 16);
    pace.adapt(round(pace, Infinity));
    assert.equal(pace.atATime, 8);
  });

  it('does not grow where not even the first sync is seen to end', () => {
    assert.deepEqual(sizesOf(new Pace(MOST), [Infinity, Infinity]), [1, 1]);
  });

  it('grows where syncs only wait for something: they take nothing from others', () => {
    assert.deepEqual(sizesOf(new Pace(MOST), [undefined, undefined, undefined]), [2, 4, 8]);
  });

  it('measures each project by its own fastest, as big documents take longer than small ones', () => {
    const pace = new Pace(MOST);
    pace.adapt(round(pace, 50, 1));
    pace.adapt(round(pace, 500, 2));
    pace.adapt([...round(pace, 50, 1), ...round(pace, 500, 2)]);
    assert.equal(pace.atATime, 8);
  });

  for (const capacity of [1, 2, 5, 12]) {
    it(`finds how many a system takes that slows down from ${capacity} on`, () => {
      const pace = new Pace(MOST);
      const sizes = Array.from({ length: 40 }, () => {
        pace.adapt(round(pace, 50 * Math.max(1, pace.atATime / capacity)));
        return pace.atATime;
      });
      const settled = sizes.slice(10);
      assert.ok(Math.max(...settled) <= 2 * capacity, settled.join(' '));
      assert.ok(Math.min(...settled) >= Math.max(1, capacity / 2), settled.join(' '));
    });
  }
});
