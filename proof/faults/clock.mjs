// Put under a worker: a clock that can be told to be wrong. What only counts, as performance.now() and timers do, goes on.
import process from 'node:process';

const RealDate = Date;
let aheadMs = 0;
process.on('message', ({ clockAheadMs, tellTime }) => {
  if (tellTime) process.send({ now: Date.now(), date: new Date().toISOString() });
  if (clockAheadMs === undefined) return;
  aheadMs = clockAheadMs;
  process.send({ clockAheadMs });
});

globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + aheadMs] : args));
  }
  static now() {
    return RealDate.now() + aheadMs;
  }
};
