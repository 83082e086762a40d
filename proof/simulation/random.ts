/** Numbers that only depend on the seed and the name: what is taken from one stream leaves the others as they are. */
export class Random {
  #state: number;

  constructor(seed: number, name: string) {
    this.#state = mix(seed ^ hashText(name)) || 1;
  }

  /** At least 0, below 1. */
  fraction(): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number: at least 0, below the bound. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  between(atLeast: number, below: number): number {
    return atLeast + this.below(below - atLeast);
  }

  /** @param probability from 0 to 1 */
  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  of<T>(choices: readonly [T, ...T[]]): T;
  of<T>(choices: readonly T[]): T | undefined;
  of<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(choices.length)];
  }
}

/** @param before the hash of what the text goes on from, undefined: of nothing */
export function hashText(text: string, before = 0x811c9dc5): number {
  // FNV-1a
  let hash = before;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function mix(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
