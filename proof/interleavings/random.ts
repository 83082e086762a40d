/** Draws that are the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to, and without, `below`. */
  below(below: number): number;
  /** True this often: 0 never, 1 always. */
  chance(share: number): boolean;
  /** One of these; those with more weight more often. */
  pick<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
  /** One of these, all alike. */
  oneOf<T>(choices: readonly T[]): T;
}

/** The generator is mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const oneOf = <T>(choices: readonly T[]): T => {
    const choice = choices[below(choices.length)];
    if (choice === undefined) throw new Error('Nothing to choose from.');
    return choice;
  };
  return {
    below,
    oneOf,
    chance: (share) => next() < share,
    pick(choices) {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      const found = choices.find(([weight]) => (left -= weight) < 0) ?? choices.at(-1);
      if (!found) throw new Error('Nothing to choose from.');
      return found[1];
    },
  };
}
