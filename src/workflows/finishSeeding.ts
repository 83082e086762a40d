import { ApplicationFailure } from '@temporalio/workflow';
import {
  clearEnvironmentIsCreating,
  clearFeatureIsCreating,
  createInitialFeatureStatesForEnvironment,
  createInitialFeatureStatesForFeature,
  requireUnfinishedSeeding,
} from './activityProxies.js';
import type { FinishedSeeding, FinishSeedingInput } from './creationContract.js';
import { failureTypes } from './contract.js';
import { requireId } from './requireId.js';

/**
 * Completes the seeding of an environment or a feature whose creator died, and takes its seeding flag down: the
 * documents that wait for it are written then. What is missing gets its feature's initial value, also in an environment
 * that was to be a clone: what it is a clone of is stored nowhere. Ended in between, it may be started again.
 *
 * Whether a creator is still at work it cannot know: `envsync finish-seeding` looks for creation workflows before.
 *
 * @throws {ApplicationFailure} `InvalidInput` where there is nothing to finish
 */
export async function finishSeeding(input: FinishSeedingInput): Promise<FinishedSeeding> {
  if (hasBoth(input))
    throw ApplicationFailure.nonRetryable(
      'featureId: expected none beside environmentId: one of the two is finished at a time',
      failureTypes.invalidInput,
      { field: 'featureId' },
    );
  return isOfFeature(input)
    ? await finishFeature(requireId(input, 'featureId'))
    : await finishEnvironment(requireId(input, 'environmentId'));
}

async function finishEnvironment(environmentId: number): Promise<FinishedSeeding> {
  await requireUnfinishedSeeding({ environmentId });
  const seeded = await createInitialFeatureStatesForEnvironment({ environmentId });
  await clearEnvironmentIsCreating({ environmentId });
  return seeded;
}

async function finishFeature(featureId: number): Promise<FinishedSeeding> {
  await requireUnfinishedSeeding({ featureId });
  const seeded = await createInitialFeatureStatesForFeature({ featureId });
  await clearFeatureIsCreating({ featureId });
  return seeded;
}

/** Of what a person has typed, which may be anything. */
const isOfFeature = (input: unknown) => typeof input === 'object' && input !== null && 'featureId' in input;

const hasBoth = (input: unknown) => isOfFeature(input) && 'environmentId' in (input as object);
