import { Context } from '@temporalio/activity';

/** How long one attempt may go on: less than the activity's start-to-close time, after which another one begins. */
const ATTEMPT_MS = 8_000;

export interface Deadline {
  /** Aborts requests under way when time is up, or the activity is cancelled. */
  signal: AbortSignal;
  /** @throws when time is up: an attempt given up by Temporal must not put its item any more. */
  check(): void;
}

/** The deadline of the attempt that begins now. */
export function attemptDeadline(): Deadline {
  const endsAtMs = performance.now() + ATTEMPT_MS;
  const signal = AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(ATTEMPT_MS)]);
  return {
    signal,
    check() {
      signal.throwIfAborted();
      // A process that was frozen gets here before its timers do.
      if (performance.now() > endsAtMs) throw new Error(`The attempt took longer than ${ATTEMPT_MS} ms.`);
    },
  };
}
