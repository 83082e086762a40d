import { proxyActivities } from '@temporalio/workflow';
import type { CreationActivities, DeletionActivities, SyncActivities } from '../activities/index.js';

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
} = proxyActivities<CreationActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/** Chunk by chunk, as long as it takes; a heartbeat after each chunk tells that it is alive. */
export const {
  cloneFeatureStates,
  createInitialFeatureStatesForEnvironment,
  createInitialFeatureStatesForFeature,
} = proxyActivities<CreationActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});
