import { Context } from '@temporalio/activity';

const LONGEST_SLEEP_MS = 2_000;

/** Keeps the writes of a page to a rate: whoever wrote more than that waits until the rate allows for it. */
export class WriteUnitPace {
  private dueAtMs = performance.now();

  /** @param unitsPerSecond undefined for no limit */
  constructor(private readonly unitsPerSecond: number | undefined) {}

  /** @param alive is called every few seconds of a long wait */
  async spend(units: number, alive: () => void): Promise<void> {
    if (this.unitsPerSecond === undefined) return;
    // What was not used is not saved up: a pause in between is no reason for a burst.
    this.dueAtMs = Math.max(this.dueAtMs, performance.now()) + (units / this.unitsPerSecond) * 1_000;
    while (this.dueAtMs > performance.now()) {
      await Context.current().sleep(Math.min(this.dueAtMs - performance.now(), LONGEST_SLEEP_MS));
      alive();
    }
  }
}
