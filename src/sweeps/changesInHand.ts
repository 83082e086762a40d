import { Context } from '@temporalio/activity';

/** For at most so many times as long as a sweep has worked it lets others go first: it gets on whatever goes on beside it. */
const WAITS_FOR_EACH_WORKED = 3;
const LOOK_AGAIN_MS = 1;
/** Between two activities of a sync Temporal is asked what comes next: it has not ended. */
const NEXT_STEP_WITHIN_MS = 25;

/** What a worker has in hand of the changes of the day; the sweeps of the same worker let them go first. */
export class ChangesInHand {
  private count = 0;
  private lastEndedMs = -Infinity;

  /** The same activities, each in hand as long as it runs, and until the next one of its sync could have come. */
  ofEach<A extends Activities>(activities: A): A {
    const counted = Object.entries(activities).map(([name, activity]) => [name, this.counted(activity)]);
    return Object.fromEntries(counted) as A;
  }

  /** @returns waits, between two steps of a page, until nothing is in hand, or the sweep has waited its share */
  goingFirst(): () => Promise<void> {
    const beganMs = performance.now();
    let waitedMs = 0;
    return async () => {
      const stoppedMs = performance.now();
      const untilMs = stoppedMs + WAITS_FOR_EACH_WORKED * (stoppedMs - beganMs - waitedMs) - waitedMs;
      while (this.areInHand() && performance.now() < untilMs) await Context.current().sleep(LOOK_AGAIN_MS);
      waitedMs += performance.now() - stoppedMs;
    };
  }

  private areInHand(): boolean {
    return this.count > 0 || performance.now() < this.lastEndedMs + NEXT_STEP_WITHIN_MS;
  }

  private counted(activity: Activity): Activity {
    return async (...args) => {
      this.count++;
      try {
        return await activity(...args);
      } finally {
        this.count--;
        this.lastEndedMs = performance.now();
      }
    };
  }
}

// Whatever its arguments are.
type Activity = (...args: never[]) => Promise<unknown>;
type Activities = Record<string, Activity>;
