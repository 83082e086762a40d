/**
 * What operators' scripts may import: `import { stuckSyncs } from 'environment-document-sync'`. Each command of `envsync`
 * that looks is one of these functions; whoever calls them brings the clients, and closes them.
 */
export { type Config, ConfigError, readClientConfig, readConfig } from './config.js';
export { connectDatabase, type Database } from './db/connect.js';
export { type ExplainDeps, explainEnvironment, type Explanation } from './explain/explainEnvironment.js';
export type { SyncsAccess } from './syncs/access.js';
export { pauseSyncs, type PauseSelection, type Resumed, resumeSyncs } from './syncs/pauseSyncs.js';
export { type PauseWithChanges, readPauses } from './db/pausedSyncs.js';
export type { SyncRun, SyncView } from './syncs/describeSync.js';
export { environmentStatus, type EnvironmentStatus } from './syncs/environmentStatus.js';
export { type StuckDeps, type StuckReport, type StuckSync, stuckSyncs } from './syncs/stuckSyncs.js';
export { type SyncsStatus, syncsStatus } from './syncs/syncsStatus.js';
export {
  changeRecorded,
  failureTypes,
  seedingFinished,
  type SettledOutcome,
  type SyncState,
  type SyncStatus,
  syncStatus,
  syncWorkflowId,
} from './workflows/contract.js';
export { followSweep } from './sweeps/followSweep.js';
export { controlSweep, listSweeps } from './sweeps/runningSweeps.js';
export {
  startRebuildSweep,
  startVerifySweep,
  type SweepHandle,
  type SweepSettings,
} from './sweeps/startSweep.js';
export type { DriftKind, EnvironmentVerification, VerifyOutcome } from './verify/verification.js';
export type {
  RebuildProgress,
  RebuildSweepInput,
  Selection,
  SweepProgress,
} from './workflows/sweepContract.js';
export type { VerifyProgress, VerifySweepInput } from './workflows/verifyContract.js';
