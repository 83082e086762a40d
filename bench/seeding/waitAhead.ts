import assert from 'node:assert/strict';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { requiredTsToMs } from '@temporalio/common/lib/time.js';

/**
 * How far away, in milliseconds, the history's last timer was at a moment.
 *
 * @throws if it fired, or nothing cancelled it
 */
export function waitAhead(history: History, atMs: number): number {
  const events = history.events ?? [];
  const started = events.findLast(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
  assert.ok(started, 'the sync waited for nothing');
  const { timerId } = started.timerStartedEventAttributes ?? {};
  const cancelled = events.some(
    ({ timerCanceledEventAttributes }) => timerCanceledEventAttributes?.timerId === timerId,
  );
  assert.ok(cancelled, 'the timer was not cancelled');
  const startedAtMs = requiredTsToMs(started.eventTime, 'eventTime');
  const waitMs = requiredTsToMs(
    started.timerStartedEventAttributes?.startToFireTimeout,
    'startToFireTimeout',
  );
  return startedAtMs + waitMs - atMs;
}
