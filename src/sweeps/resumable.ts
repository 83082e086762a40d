import { Context } from '@temporalio/activity';

/** Far more often than Temporal waits for it. */
const PULSE_MS = 3_000;

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
  const tell = () => {
    context.heartbeat(result);
  };
  const pulse = setInterval(tell, PULSE_MS);
  try {
    await work(result, tell);
    return result;
  } finally {
    clearInterval(pulse);
  }
}
