/** How long the sync of one environment took, after its change was handed over. */
export interface SyncTime {
  projectId: number | null;
  /** Infinity: it was not seen to end. Undefined: it waits for something, and no longer for its turn. */
  ms: number | undefined;
}

/** From which multiple of their project's fastest on syncs get into each other's way, and from which on too much so. */
const FAST = 1.5;
const SLOW = 2;

/**
 * How many environments are handed over at a time where changes of whole projects wait: twice as many with each round
 * while syncs are as fast as on their own, half as many once they take twice as long. So an idle system gets them all at
 * once, and a busy one keeps room for single changes. Knows nothing at first, and is made anew for each backlog.
 */
export class Pace {
  #atATime = 1;
  #wasSlow = false;
  readonly #fastestMs = new Map<number | null, number>();

  constructor(private readonly most: number) {}

  get atATime(): number {
    return this.#atATime;
  }

  /** Takes into account how a round went. */
  adapt(round: SyncTime[]): void {
    const slowness = this.#slownessOf(round);
    if (slowness >= SLOW) {
      this.#atATime = Math.max(1, Math.floor(this.#atATime / 2));
      this.#wasSlow = true;
    } else if (slowness <= FAST) {
      // Near the point where it was too much before, step by step.
      this.#atATime = Math.min(this.most, this.#wasSlow ? this.#atATime + 1 : this.#atATime * 2);
    }
  }

  /** The middle one's: a single environment in trouble says nothing about the rest. */
  #slownessOf(round: SyncTime[]): number {
    const slownesses = round.flatMap(({ projectId, ms }) => {
      if (ms === undefined) return [];
      const fastestMs = Math.min(ms, this.#fastestMs.get(projectId) ?? Infinity);
      this.#fastestMs.set(projectId, fastestMs);
      return ms === Infinity ? [Infinity] : [ms / fastestMs];
    });
    return slownesses.sort((a, b) => a - b)[Math.floor(slownesses.length / 2)] ?? 1;
  }
}
