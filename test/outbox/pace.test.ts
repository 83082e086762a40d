import assert from 'node:assert/strict';
import { Pace } from '../../src/outbox/pace.js';

const MOST = 20;

describe('Pace', () => {
  const round = <T>(pace: Pace, ms: T): T[] => Array.from({ length: pace.atATime }, () => ms);

  /** How many at a time there are after each round, of which all syncs take that long. */
  const sizesAfter = (pace: Pace, rounds: (number | undefined)[]): number[] =>
    rounds.map((ms) => {
      pace.adapt(round(pace, ms));
      return pace.atATime;
    });

  it('begins with one environment, and grows to the most while syncs are as fast as that one', () => {
    const pace = new Pace(MOST);
    assert.equal(pace.atATime, 1);
    assert.deepEqual(sizesAfter(pace, [50, 55, 60, 40, 45, 50, 45, 50]), [2, 3, 5, 8, 12, 18, 20, 20]);
  });

  it('hands 178 environments to an idle system in 14 rounds', () => {
    const pace = new Pace(MOST);
    let rounds = 0;
    for (let left = 178; left > 0; rounds++) {
      left -= pace.atATime;
      pace.adapt(round(pace, 50));
    }
    assert.equal(rounds, 14);
  });

  it('stays as it is where syncs are slower, but not much', () => {
    assert.deepEqual(sizesAfter(new Pace(MOST), [50, 65, 85, 65]), [2, 2, 2, 2]);
  });

  it('halves where they are much slower, down to one', () => {
    const pace = new Pace(MOST);
    assert.deepEqual(sizesAfter(pace, [50, 50, 50, 50, 100, 100, 100, 100]), [2, 3, 5, 8, 4, 2, 1, 1]);
  });

  it('learns from syncs on their own that all have become slower, and grows again', () => {
    const pace = new Pace(MOST);
    sizesAfter(pace, [50, 100]);
    assert.equal(pace.atATime, 1);
    const sizes = sizesAfter(pace, [100, 100, 100, 100, 100, 100]);
    assert.ok(sizes.at(-1)! > 1, sizes.join(' '));
  });

  it('does not learn that from several at a time, which may be slower because of each other', () => {
    const pace = new Pace(MOST);
    assert.deepEqual(sizesAfter(pace, [50, ...Array.from({ length: 50 }, () => 80)]).at(-1), 2);
  });

  it('takes no notice of a single environment in trouble, but of most of them', () => {
    const pace = new Pace(MOST);
    sizesAfter(pace, [50, 50, 50]);
    pace.adapt([Infinity, ...round(pace, 50).slice(1)]);
    assert.equal(pace.atATime, 8);
    pace.adapt(round(pace, Infinity));
    assert.equal(pace.atATime, 4);
  });

  it('does not grow where not even the first sync is seen to end', () => {
    assert.deepEqual(sizesAfter(new Pace(MOST), [Infinity, Infinity]), [1, 1]);
  });

  it('grows where syncs only wait for something', () => {
    assert.deepEqual(sizesAfter(new Pace(MOST), [undefined, undefined, undefined]), [2, 3, 5]);
  });

  for (const capacity of [1, 2, 5, 12]) {
    it(`finds how many a system takes that slows down from ${capacity} on`, () => {
      const pace = new Pace(MOST);
      const times = Array.from({ length: 40 }, () => {
        const ms = 50 * Math.max(1, pace.atATime / capacity);
        pace.adapt(round(pace, ms));
        return { ms, atATime: pace.atATime };
      });
      const settled = times.slice(10);
      assert.ok(Math.max(...settled.map(({ ms }) => ms)) <= 100);
      assert.ok(Math.min(...settled.map(({ atATime }) => atATime)) >= Math.max(1, capacity / 2));
    });
  }
});
