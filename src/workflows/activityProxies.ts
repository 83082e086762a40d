import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type {
  CreationActivities,
  DeletionActivities,
  SweepActivities,
  SyncActivities,
} from '../activities/index.js';
import { sweepTaskQueue } from './sweepContract.js';

/** Reads, one conditional put, one insert: short, and tried until they succeed. */
export const { isSeeding, writeDocument, requestSync } = proxyActivities<SyncActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/** As long as a partition is; a heartbeat after each page tells that it is alive. */
export const { deleteDocument } = proxyActivities<DeletionActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/** Single statements. */
export const {
  insertEnvironment,
  insertEnvironmentClone,
  recordEnvironmentCreated,
  clearEnvironmentIsCreating,
  insertFeature,
  recordFeatureCreated,
  insertMultivariateOptions,
  clearFeatureIsCreating,
  requireUnfinishedSeeding,
} = proxyActivities<CreationActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/** Chunk by chunk, as long as it takes; a heartbeat after each chunk tells that it is alive. */
export const {
  cloneFeatureStates,
  createInitialFeatureStatesForEnvironment,
  createInitialFeatureStatesForFeature,
  seedMissingFeatureStates,
} = proxyActivities<CreationActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/**
 * Sweeps have a task queue of their own, so that no change of the day waits behind them. A page of many environments is as
 * slow as it is told to be; its heartbeat after each environment tells how far it has come.
 */
export const sweepActivities = () =>
  proxyActivities<SweepActivities>({
    taskQueue: sweepTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '1 day',
    heartbeatTimeout: '15 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
    priority: { priorityKey: LOWEST_PRIORITY },
  });

const LOWEST_PRIORITY = 5;
