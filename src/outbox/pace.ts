/** From which multiple of the time of a sync on its own they get into each other's way, and from which on too much so. */
const FAST = 1.25;
const SLOW = 1.75;
/** How much of what one round shows goes into what is taken for the time of a sync on its own. */
const WEIGHT = 0.25;

/**
 * How many environments are handed over at a time where changes of whole projects wait: half as many again with each
 * round while syncs are as fast as one on its own, half as many once they are much slower. So an idle system gets them
 * all at once, and a busy one keeps room for single changes. Knows nothing at first: made anew for each backlog.
 */
export class Pace {
  #atATime = 1;
  #aloneMs: number | undefined;

  constructor(private readonly most: number) {}

  get atATime(): number {
    return this.#atATime;
  }

  /**
   * Takes into account how a round went.
   *
   * @param times of its syncs, in milliseconds: infinite for one that was not seen to end, undefined for one that waits
   *   for something, and thus takes nothing from others
   */
  adapt(times: (number | undefined)[]): void {
    const slowness = this.#slownessOf(times.filter((ms) => ms !== undefined));
    if (slowness >= SLOW) this.#atATime = Math.max(1, Math.floor(this.#atATime / 2));
    else if (slowness <= FAST) this.#atATime = Math.min(this.most, Math.ceil(this.#atATime * 1.5));
  }

  #slownessOf(times: number[]): number {
    // The middle one: a single environment in trouble says nothing about the rest.
    const ms = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
    if (ms === undefined) return 1;
    if (ms === Infinity) return Infinity;
    const aloneMs = (this.#aloneMs ??= ms);
    // Several at a time can show that it takes less than was thought, but never that it takes more.
    if (this.#atATime === 1 || ms < aloneMs) this.#aloneMs = aloneMs + (ms - aloneMs) * WEIGHT;
    return ms / aloneMs;
  }
}
