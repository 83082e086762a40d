import { constants } from 'node:os';

/** Ctrl-C, or another wish that the demo end. */
export interface Interruption {
  /** Aborted at the first one; the second one ends the process at once. */
  signal: AbortSignal;
  /** As shells count: 130 for Ctrl-C. */
  status(): number;
}

/** From now on signals are wishes: what was started can be stopped in order. */
export function receiveInterruption(): Interruption {
  const controller = new AbortController();
  let status = 0;
  const interrupt = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE') => {
    // The servers' supervisors see this process go, and clean up.
    if (controller.signal.aborted && signal !== 'SIGPIPE') process.exit(status);
    status = 128 + constants.signals[signal];
    controller.abort(new Error(`Ended by ${signal}.`));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // Nobody reads any more, as with `| head`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      interrupt('SIGPIPE');
    });
  }
  return { signal: controller.signal, status: () => status };
}
