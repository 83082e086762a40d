import { defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

export interface FloorActivities {
  /** Does nothing. */
  look(): Promise<void>;
  /** Puts the one item, marked with the round. */
  put(mark: string): Promise<void>;
}

export const changed = defineSignal('changed');

const { look, put } = proxyActivities<FloorActivities>({ startToCloseTimeout: '10 seconds' });

/** The least that a durable write can be: a signal, two activities, one put. */
export async function floor(mark: string): Promise<void> {
  setHandler(changed, () => undefined);
  await look();
  await put(mark);
}
