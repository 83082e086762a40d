import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { ScheduledChange, SettledOutcome } from './contract.js';

/** How far the clocks of PostgreSQL and Temporal may be apart before a difference is taken for time gone by. */
const CLOCK_TOLERANCE_MS = 10_000;
const SHORTEST_WAIT_MS = 1_000;

/** The change that the environment's sync has to wait for after this outcome. */
export const scheduledIn = (outcome: SettledOutcome): ScheduledChange | undefined =>
  'scheduled' in outcome ? outcome.scheduled : undefined;

/** The same of a write that failed for good, and left the change for later in the details of its failure. */
export function scheduledBehind(error: unknown): ScheduledChange | undefined {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (!(failure instanceof ApplicationFailure)) return undefined;
  return (failure.details?.[0] as { scheduled?: ScheduledChange } | undefined)?.scheduled;
}

/**
 * How long to wait for the change, in milliseconds. PostgreSQL's clock decides, unless its answer has become old on the
 * way here, as when no worker was there to take it.
 *
 * @param nowMs the workflow's own time
 */
export function untilLiveMs({ liveFrom, inMs }: ScheduledChange, nowMs: number): number {
  const byOwnClockMs = Date.parse(`${liveFrom}Z`) - nowMs;
  const isOld = inMs - byOwnClockMs > CLOCK_TOLERANCE_MS;
  return isOld ? Math.max(byOwnClockMs, SHORTEST_WAIT_MS) : inMs;
}
