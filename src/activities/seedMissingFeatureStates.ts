import { Context } from '@temporalio/activity';
import { type MissingFeatureStates, seedMissingChunk } from '../db/creation/missingFeatureStates.js';
import type { SeededMissing, SeedMissingInput } from '../workflows/creationContract.js';
import type { CreationDeps } from './deps.js';

/** That of `SEEDING_INFERENCE_WINDOW_MS`. */
const DEFAULT_WINDOW_MS = 60_000;

/**
 * Makes the default feature states that these environments never got, each with its feature's initial value, and asks
 * for their syncs. Pairs that somebody is creating, or that are young enough for it, are left alone. Repeatable, and
 * safe beside others: a pair that meanwhile has one keeps it.
 */
export async function seedMissingFeatureStates(
  deps: CreationDeps,
  { environmentIds }: SeedMissingInput,
): Promise<SeededMissing> {
  const environments = [];
  for (const environmentId of environmentIds) {
    const featureStatesCount = await seedEnvironment(deps, environmentId);
    if (featureStatesCount > 0) environments.push({ environmentId, featureStatesCount });
  }
  return {
    featureStatesCount: environments.reduce((sum, { featureStatesCount }) => sum + featureStatesCount, 0),
    environments,
  };
}

async function seedEnvironment(
  { db, chunkSize, seedingPolicy }: CreationDeps,
  environmentId: number,
): Promise<number> {
  const context = Context.current();
  const olderThanMs = seedingPolicy?.inferenceWindowMs ?? DEFAULT_WINDOW_MS;
  const options: MissingFeatureStates = { chunkSize, olderThanMs };
  let featureStatesCount = 0;
  let afterFeatureId = 0;
  for (;;) {
    context.cancellationSignal.throwIfAborted();
    context.heartbeat({ environmentId, featureStatesCount });
    const chunk = await seedMissingChunk(db, environmentId, afterFeatureId, options);
    if (!chunk) return featureStatesCount;
    featureStatesCount += chunk.featureStatesCount;
    afterFeatureId = chunk.upToFeatureId;
  }
}
