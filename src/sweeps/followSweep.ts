import { setTimeout as delay } from 'node:timers/promises';
import type { SweepProgress } from '../workflows/sweepContract.js';
import type { SweepHandle } from './startSweep.js';

/**
 * Waits for the end of a sweep, telling how far it has come whenever that has changed.
 *
 * @throws {WorkflowFailedError} if it fails or is cancelled
 */
export async function followSweep<P extends SweepProgress>(
  handle: SweepHandle<P>,
  onProgress: (progress: P) => void,
  intervalMs = 1_000,
): Promise<P> {
  const ended = new AbortController();
  const result = handle.result().finally(() => {
    ended.abort();
  });
  const telling = tell(handle, onProgress, intervalMs, ended.signal);
  try {
    const progress = await result;
    onProgress(progress);
    return progress;
  } finally {
    await telling;
  }
}

async function tell<P extends SweepProgress>(
  handle: SweepHandle<P>,
  onProgress: (progress: P) => void,
  intervalMs: number,
  ended: AbortSignal,
): Promise<void> {
  let told = '';
  const hasEnded = () => ended.aborted;
  while (!hasEnded()) {
    // A worker that is busy or away cannot be asked: the sweep goes on, and is asked again.
    const progress = await handle.query<P>('progress').catch(() => undefined);
    const seen = JSON.stringify(progress);
    if (progress && seen !== told && !hasEnded()) onProgress(progress);
    told = seen;
    await delay(intervalMs, undefined, { signal: ended }).catch(() => undefined);
  }
}
