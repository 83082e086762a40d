import { proxySinks, type Sinks } from '@temporalio/workflow';

/** What workflows tell the worker's metrics; never called again in a replay. */
export interface SyncSinks extends Sinks {
  sync: { seedingTimedOut(): void };
}

export const { sync: syncSink } = proxySinks<SyncSinks>();
