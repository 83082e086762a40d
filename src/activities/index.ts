import { clearEnvironmentFlag, insertEnvironmentCreatedAuditLog } from '../db/creation/environments.js';
import { clearFeatureFlag, insertFeatureCreatedAuditLog } from '../db/creation/features.js';
import type { DeleteInput, IsSeedingInput, SyncRequest, WriteInput } from '../workflows/contract.js';
import type {
  CloneEnvironmentInput,
  CreatedEnvironment,
  CreatedFeature,
  CreateEnvironmentInput,
  CreateFeatureInput,
  FinishSeedingInput,
  MultivariateOptionInput,
  SeedMissingInput,
} from '../workflows/creationContract.js';
import type { RebuildPageInput, Selection } from '../workflows/sweepContract.js';
import type { OrphanSegmentInput, VerifyPageInput } from '../workflows/verifyContract.js';
import { countEnvironments } from '../db/environmentSelection.js';
import type { SweepDeps } from '../sweeps/deps.js';
import { rebuildPage } from '../sweeps/rebuildPage.js';
import { countOrphanSegments, verifyOrphanSegment } from '../sweeps/verifyOrphanSegment.js';
import { verifyPage } from '../sweeps/verifyPage.js';
import { cloneFeatureStates } from './cloneFeatureStates.js';
import { createInitialFeatureStates } from './createInitialFeatureStates.js';
import { deleteDocument } from './deleteDocument.js';
import type { CreationDeps, SyncDeps } from './deps.js';
import { insertEnvironment } from './insertEnvironment.js';
import { insertEnvironmentClone } from './insertEnvironmentClone.js';
import { insertFeature } from './insertFeature.js';
import { insertMultivariateOptions } from './insertMultivariateOptions.js';
import { isSeeding } from './isSeeding.js';
import { requestSync } from './requestSync.js';
import { requireUnfinishedSeeding } from './requireUnfinishedSeeding.js';
import { seedMissingFeatureStates } from './seedMissingFeatureStates.js';
import { writeDocument } from './writeDocument.js';

export type SyncActivities = ReturnType<typeof createWritingActivities>;
export type DeletionActivities = ReturnType<typeof createDeletionActivities>;
export type SweepActivities = ReturnType<typeof createSweepActivities>;
export type CreationActivities = ReturnType<typeof createCreationActivities>;

/** What `environmentDocumentSync` and `rebuildEnvironmentDocument` call. */
export const createSyncActivities = (deps: SyncDeps) => ({
  ...createWritingActivities(deps),
  ...createDeletionActivities(deps),
});

const createWritingActivities = (deps: SyncDeps) => ({
  isSeeding: (input: IsSeedingInput) => isSeeding(deps, input),
  writeDocument: (input: WriteInput) => writeDocument(deps, input),
  requestSync: (input: SyncRequest) => requestSync(deps, input),
});

const createDeletionActivities = (deps: SyncDeps) => ({
  deleteDocument: (input: DeleteInput) => deleteDocument(deps, input),
});

/** What sweeps over many environments call, on a task queue of their own. */
export const createSweepActivities = (deps: SweepDeps) => ({
  countEnvironments: (selection: Selection) => countEnvironments(deps.db, selection),
  rebuildPage: (input: RebuildPageInput) => rebuildPage(deps, input),
  verifyPage: (input: VerifyPageInput) => verifyPage(deps, input),
  countOrphanSegments: () => countOrphanSegments(deps),
  verifyOrphanSegment: (input: OrphanSegmentInput) => verifyOrphanSegment(deps, input),
});

/** What the workflows that create and `finishSeeding` call; each may be repeated, by Temporal or by hand. */
export const createCreationActivities = (deps: CreationDeps) => ({
  insertEnvironment: (input: CreateEnvironmentInput & { uuid: string }) => insertEnvironment(deps, input),
  recordEnvironmentCreated: ({ environmentId }: CreatedEnvironment) =>
    insertEnvironmentCreatedAuditLog(deps.db, environmentId),
  createInitialFeatureStatesForEnvironment: ({ environmentId }: CreatedEnvironment) =>
    createInitialFeatureStates(deps, { environmentId }),
  clearEnvironmentIsCreating: ({ environmentId }: CreatedEnvironment) =>
    clearEnvironmentFlag(deps.db, environmentId),

  insertEnvironmentClone: (input: CloneEnvironmentInput & { uuid: string }) =>
    insertEnvironmentClone(deps, input),
  cloneFeatureStates: (input: { sourceEnvironmentId: number; environmentId: number }) =>
    cloneFeatureStates(deps, input),

  insertFeature: (input: CreateFeatureInput & { uuid: string }) => insertFeature(deps, input),
  recordFeatureCreated: ({ featureId }: CreatedFeature) => insertFeatureCreatedAuditLog(deps.db, featureId),
  insertMultivariateOptions: (input: { featureId: number; options: MultivariateOptionInput[] }) =>
    insertMultivariateOptions(deps, input),
  createInitialFeatureStatesForFeature: ({ featureId }: CreatedFeature) =>
    createInitialFeatureStates(deps, { featureId }),
  clearFeatureIsCreating: ({ featureId }: CreatedFeature) => clearFeatureFlag(deps.db, featureId),

  requireUnfinishedSeeding: (input: FinishSeedingInput) => requireUnfinishedSeeding(deps, input),
  seedMissingFeatureStates: (input: SeedMissingInput) => seedMissingFeatureStates(deps, input),
});
