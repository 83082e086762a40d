import assert from 'node:assert/strict';
import { DEFAULT_SEEDING_POLLS } from '../../src/workflows/contract.js';
import { pollDelayMs } from '../../src/workflows/pollDelay.js';

describe('pollDelayMs', () => {
  it('doubles from one second on, up to a minute', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => pollDelayMs(attempt, DEFAULT_SEEDING_POLLS));
    assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('stays at the cap however long the wait has been', () => {
    assert.equal(pollDelayMs(5_000, DEFAULT_SEEDING_POLLS), 60_000);
  });
});
