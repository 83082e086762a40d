/** Numbers that are the same for the same seed. */
export function randomFrom(seed: number) {
  let state = seed >>> 0;
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    /** A whole number from 0 to below the limit. */
    below,
    shuffled<T>(items: T[]): T[] {
      const keyed = items.map((item) => [next(), item] as const);
      return keyed.sort(([one], [other]) => one - other).map(([, item]) => item);
    },
  };
}
