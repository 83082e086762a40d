import { inOrder } from '../../src/sweeps/inOrder.js';

/** Does the work for each, as a sweep does. */
export async function severalAtATime<T>(
  each: Iterable<T>,
  atATime: number,
  work: (one: T) => Promise<unknown>,
): Promise<void> {
  const results = inOrder(each, atATime, work);
  while (!(await results.next()).done);
}
