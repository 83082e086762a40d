import type { Writable } from 'node:stream';

/**
 * Prints each text as it comes, and asks for the next when it is taken off our hands. Ends early and quietly where nobody
 * reads any more, as behind `| head`.
 */
export async function print(texts: AsyncIterable<string> | Iterable<string>, out: Writable): Promise<void> {
  // A failed write rejects below; told of as an event too, it would end the process with a stack trace.
  out.on('error', () => undefined);
  try {
    for await (const text of texts) await write(out, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

const write = (out: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    out.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
