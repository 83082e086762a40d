import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ChangesInHand } from '../../src/sweeps/changesInHand.js';
import { mockActivity } from '../support/writer.js';

describe('a sweep beside changes of the day', () => {
  /** How long a sweep waits, in milliseconds, at each of its pauses after so long a piece of work. */
  const pauses = (changes: ChangesInHand, ...workMs: number[]): Promise<number[]> => {
    const work = async () => {
      const goFirst = changes.goingFirst();
      const waitedMs: number[] = [];
      for (const ms of workMs) {
        await delay(ms);
        const stoppedMs = performance.now();
        await goFirst();
        waitedMs.push(performance.now() - stoppedMs);
      }
      return waitedMs;
    };
    return mockActivity().run<[], number[], typeof work>(work);
  };

  function inHand() {
    const changes = new ChangesInHand();
    let end!: () => void;
    const { change } = changes.ofEach({ change: () => new Promise<void>((resolve) => (end = resolve)) });
    const changing = change();
    return { changes, end: () => (end(), changing) };
  }

  it('begins nothing before they have ended', async () => {
    const { changes, end } = inHand();
    let goesOn = false;
    const pausing = pauses(changes, 1_000).then(() => (goesOn = true));
    await delay(1_300);
    assert.equal(goesOn, false);
    await end();
    await pausing;
  });

  it('goes on all the same once it has waited three times as long as it worked', async () => {
    const { changes, end } = inHand();
    const [first = 0, second = 0] = await pauses(changes, 500, 0);
    assert.ok(first >= 1_400, `It waited for ${first} ms.`);
    assert.ok(second < first / 2, `It waited again, for ${second} ms, without having worked.`);
    await end();
  });

  it('goes on at once where one of them has failed', async () => {
    const changes = new ChangesInHand();
    const { change } = changes.ofEach({ change: () => Promise.reject(new Error('refused')) });
    await assert.rejects(change());
    const [waitedMs = 0] = await pauses(changes, 500);
    assert.ok(waitedMs < 1_000, `It waited for ${waitedMs} ms.`);
  });
});
