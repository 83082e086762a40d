/**
 * Does the work for each, several at a time, and gives the results in the order of what they are about. Nothing more is
 * begun while the caller is not ready for a result, and nothing is left under way at the end.
 */
export async function* inOrder<T, R>(
  each: AsyncIterable<T> | Iterable<T>,
  atATime: number,
  work: (one: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const one of each) {
      const working = work(one);
      // Heard below, in its turn; until then a failure is not one that nobody hears.
      working.catch(() => undefined);
      underWay.push(working);
      if (underWay.length >= atATime) yield await (underWay.shift() as Promise<R>);
    }
    for (const working of underWay) yield await working;
  } finally {
    await Promise.allSettled(underWay);
  }
}
