import type { Owner, Scheduler } from '../scheduler.js';
import { VirtualSignal } from '../virtualTime.js';

/** One attempt of an activity, as `Context.current()` shows it. */
export class ActivityAttempt {
  readonly cancellationSignal = new VirtualSignal(Infinity);
  readonly info: { attempt: number };
  /** Another attempt is made in its place. */
  isGivenUp = false;

  constructor(
    attempt: number,
    private readonly onHeartbeat: () => void,
  ) {
    this.info = { attempt };
  }

  heartbeat(): void {
    this.onHeartbeat();
  }
}

let scheduler: Scheduler | undefined;

export function setActivityScheduler(runs: Scheduler): void {
  scheduler = runs;
}

/** Of whoever is at work. */
export function currentActivity(): ActivityAttempt {
  const owner: Owner | undefined = scheduler?.current;
  if (!(owner?.activity instanceof ActivityAttempt)) throw new Error('No activity is at work.');
  return owner.activity;
}
