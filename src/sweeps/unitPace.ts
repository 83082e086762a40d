import { Context } from '@temporalio/activity';

/** Keeps what DynamoDB charges to a rate: whoever spent more than that waits until the rate allows for it. */
export class UnitPace {
  private dueAtMs = performance.now();

  /** @param unitsPerSecond undefined for no limit */
  constructor(private readonly unitsPerSecond: number | undefined) {}

  async spend(units: number): Promise<void> {
    if (this.unitsPerSecond === undefined) return;
    // What was not used is not saved up: a pause in between is no reason for a burst.
    this.dueAtMs = Math.max(this.dueAtMs, performance.now()) + (units / this.unitsPerSecond) * 1_000;
    while (this.dueAtMs > performance.now()) await Context.current().sleep(this.dueAtMs - performance.now());
  }
}
