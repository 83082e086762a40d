import assert from 'node:assert/strict';
import { ProgressLines } from '../../src/cli/sweep/progressLines.js';
import type { SweepProgress } from '../../src/workflows/sweepContract.js';

describe('the progress of a sweep', () => {
  /** What is printed for each of these, a second apart. */
  function printed(
    output: { isTTY?: boolean; columns?: number },
    shown: Partial<SweepProgress>[],
    stepMs = 1_000,
  ) {
    let nowMs = 0;
    const written: string[] = [];
    const lines = new ProgressLines(
      { ...output, write: (text) => written.push(text) },
      'left to their own syncs',
      () => nowMs,
    );
    for (const progress of shown) {
      lines.show({ ...ZERO, ...progress });
      nowMs += stepMs;
    }
    lines.end();
    return written;
  }

  const halfWay: Partial<SweepProgress>[] = [{}, { done: 40, attentionCount: 2 }];

  it('is one line on a terminal, with rate and time left, that is cleared at the end', () => {
    assert.deepEqual(printed({ isTTY: true, columns: 120 }, halfWay), [
      '\r\u001b[Krunning: 0 of 420 environments',
      '\r\u001b[Krunning: 40 of 420 environments, 40.0 a second, 10 s left, 2 left to their own syncs',
      '\r\u001b[K',
    ]);
  });

  it('is cut to what a narrow terminal shows in one line', () => {
    assert.deepEqual(printed({ isTTY: true, columns: 40 }, halfWay).slice(1), [
      '\r\u001b[Krunning: 40 of 420 environments, 40.0 …',
      '\r\u001b[K',
    ]);
  });

  it('tells no rate while the sweep is paused', () => {
    assert.equal(
      printed({ isTTY: true }, [...halfWay, { state: 'paused', done: 40 }])[2],
      '\r\u001b[Kpaused: 40 of 420 environments',
    );
  });

  it('is a line each ten seconds elsewhere, and one at the end', () => {
    const shown = [...Array(11).keys()].map((n) => ({ done: n * 10 }));
    assert.deepEqual(printed({}, [...shown, { state: 'done', done: 420 }]), [
      'running: 0 of 420 environments\n',
      'running: 100 of 420 environments, 10.0 a second, 32 s left\n',
      'done: 420 of 420 environments\n',
    ]);
  });
});

const ZERO: SweepProgress = {
  state: 'running',
  total: 420,
  done: 0,
  outcomes: {},
  attention: [],
  attentionCount: 0,
  afterId: 0,
  writeUnits: 0,
  startedAt: '2026-12-01T08:00:00.000Z',
};
