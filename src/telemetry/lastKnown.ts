/**
 * Gives at once what was read last, and reads anew in the background once that is older than `everyMs`: for what may take
 * longer than a scrape waits. `unknown` until the first answer, and after a failure.
 */
export function lastKnown<T>(read: () => Promise<T>, unknown: T, everyMs: number): () => T {
  let known = unknown;
  let readAtMs = -Infinity;
  let isReading = false;

  async function readAnew(): Promise<void> {
    isReading = true;
    known = await read().catch(() => unknown);
    readAtMs = performance.now();
    isReading = false;
  }

  return () => {
    if (!isReading && performance.now() - readAtMs >= everyMs) void readAnew();
    return known;
  };
}
