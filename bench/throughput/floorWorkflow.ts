import { proxyActivities } from '@temporalio/workflow';

export interface FloorActivities {
  /** Does nothing. */
  look(): Promise<void>;
  /** Puts both items of the environment. */
  put(environmentId: number): Promise<void>;
}

const { look, put } = proxyActivities<FloorActivities>({ startToCloseTimeout: '10 seconds' });

/** The least that a sync can be: two activities that decide nothing, the second of which puts what is given. */
export async function floor(environmentId: number): Promise<void> {
  await look();
  await put(environmentId);
}
