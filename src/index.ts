/**
 * What scripts may import: `import { stuckSyncs } from 'environment-document-sync'`. Each is what a command of `envsync`
 * does, without its printing. `withTemporal` and `withServers` connect as the command does; whoever has clients of their
 * own hands them in, and closes them.
 */
export { withTemporal } from './cli/temporal.js';
export { type Servers, withServers } from './cli/withServers.js';
export { type Config, ConfigError, readClientConfig, readConfig } from './config.js';
export { connectDatabase, type Database } from './db/connect.js';

// status, stuck, explain
export { type ExplainDeps, explainEnvironment, type Explanation } from './explain/explainEnvironment.js';
export { type SyncsAccess, workflowLink } from './syncs/access.js';
export type { SyncRun, SyncView } from './syncs/syncView.js';
export { environmentStatus, type EnvironmentStatus } from './syncs/environmentStatus.js';
export { type StuckDeps, type StuckReport, type StuckSync, stuckSyncs } from './syncs/stuckSyncs.js';
export { type SyncsStatus, syncsStatus } from './syncs/syncsStatus.js';

// sync pause, resume
export { type PauseWithChanges, readPauses } from './db/pausedSyncs.js';
export { type PauseSelection, pauseSyncs, type Resumed, resumeSyncs } from './syncs/pauseSyncs.js';

// rebuild, verify, sweep
export { followSweep } from './sweeps/followSweep.js';
export { controlSweep, listSweeps } from './sweeps/runningSweeps.js';
export {
  startRebuildSweep,
  startVerifySweep,
  type SweepHandle,
  type SweepSettings,
} from './sweeps/startSweep.js';
export {
  createVerifySchedule,
  deleteVerifySchedule,
  describeVerifySchedule,
  verifyScheduleId,
} from './sweeps/verifySchedule.js';
export { startRebuild } from './syncs/startRebuild.js';
export type { DriftKind, EnvironmentVerification, VerifyOutcome } from './verify/verification.js';
export type { RebuildInput } from './workflows/rebuildEnvironmentDocument.js';
export type {
  RebuildProgress,
  RebuildSweepInput,
  Selection,
  SweepProgress,
} from './workflows/sweepContract.js';
export type { VerifyProgress, VerifySweepInput } from './workflows/verifyContract.js';

// create-environment, clone-environment, create-feature, finish-seeding
export {
  lookAtUnfinishedSeeding,
  startFinishSeeding,
  type UnfinishedSeeding,
} from './creation/finishSeeding.js';
export { followCreation } from './creation/followCreation.js';
export {
  type CreationTarget,
  startCloneEnvironment,
  startCreateEnvironment,
  startCreateFeature,
} from './creation/startCreation.js';
export type {
  CloneEnvironmentInput,
  CreatedEnvironment,
  CreatedFeature,
  CreateEnvironmentInput,
  CreateFeatureInput,
  FinishedSeeding,
  FinishSeedingInput,
  MultivariateOptionInput,
} from './workflows/creationContract.js';

// The workflows' own signals, query, ids and failures
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
export {
  pauseSweep,
  rebuildSweepId,
  resumeSweep,
  sweepProgress,
  verifySweepId,
} from './workflows/sweepContract.js';
