const INTERVAL_MS = 1_000;
const CLEAR_LINE = '\r\u001b[K';

/** Passes everything on, and shows on a terminal now and then how much it was. Leaves the terminal as it was. */
export async function* showCount<T>(
  passed: AsyncIterable<T>,
  terminal: { write: (text: string) => unknown },
  intervalMs = INTERVAL_MS,
): AsyncGenerator<T> {
  let count = 0;
  let shownAt = performance.now();
  try {
    for await (const one of passed) {
      yield one;
      count++;
      if (performance.now() - shownAt < intervalMs) continue;
      terminal.write(`${CLEAR_LINE}${count} environments`);
      shownAt = performance.now();
    }
  } finally {
    terminal.write(CLEAR_LINE);
  }
}
