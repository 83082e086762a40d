import { Context } from '@temporalio/activity';

/** Far more often than Temporal waits for it. */
const PULSE_MS = 3_000;
/** The SDK passes on even fewer. */
const TELL_EVERY_MS = 250;

/**
 * Works on a result that outlives the attempt: an attempt that follows one that failed, or whose worker died, gets what was
 * told last. It is told with each `tell`, and every few seconds besides, as single steps may take longer than a heartbeat.
 */
export async function resumable<R>(
  begin: () => R,
  work: (result: R, tell: () => void) => Promise<void>,
): Promise<R> {
  const context = Context.current();
  const result = (context.info.heartbeatDetails as R | undefined) ?? begin();
  let toldAtMs = -Infinity;
  const tellNow = () => {
    toldAtMs = performance.now();
    context.heartbeat(result);
  };
  const tell = () => {
    if (performance.now() - toldAtMs >= TELL_EVERY_MS) tellNow();
  };
  const pulse = setInterval(tellNow, PULSE_MS);
  try {
    await work(result, tell);
    return result;
  } catch (error) {
    tellNow(); // The next attempt goes on behind this.
    throw error;
  } finally {
    clearInterval(pulse);
  }
}
