import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { lastKnown } from '../../src/telemetry/lastKnown.js';

describe('lastKnown', () => {
  it('reads anew only once the last answer is old, and gives that one meanwhile', async () => {
    let reads = 0;
    const read = () => Promise.resolve(++reads);
    const fresh = lastKnown(read, 0, 60_000);
    const stale = lastKnown(read, 0, 0);
    assert.equal(fresh(), 0);
    await turn();
    assert.equal(fresh(), 1);
    await turn();
    assert.equal(fresh(), 1);

    assert.equal(stale(), 0);
    await turn();
    assert.equal(stale(), 2);
    await turn();
    assert.equal(stale(), 3);
  });

  it('begins no second read while one is under way', async () => {
    let begun = 0;
    const read = () => new Promise<number>(() => begun++);
    const known = lastKnown(read, 0, 0);
    known();
    await turn();
    known();
    assert.equal(begun, 1);
  });

  it('forgets what it knew when a read fails, and asks again', async () => {
    const answers = [7, undefined, 8];
    const read = () => {
      const answer = answers.shift();
      return answer === undefined ? Promise.reject(new Error('away')) : Promise.resolve(answer);
    };
    const known = lastKnown(read, 0, 0);
    const seen: number[] = [];
    for (let looks = 0; looks < 4; looks++) {
      seen.push(known());
      await turn();
    }
    assert.deepEqual(seen, [0, 7, 0, 8]);
  });
});
