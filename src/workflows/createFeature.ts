import { CancellationScope, uuid4 } from '@temporalio/workflow';
import {
  clearFeatureIsCreating,
  createInitialFeatureStatesForFeature,
  insertFeature,
  insertMultivariateOptions,
  recordFeatureCreated,
} from './activityProxies.js';
import type { CreatedFeature, CreateFeatureInput } from './creationContract.js';

/**
 * Creates a feature with a feature state in each environment of its project. No document of the project is written
 * before the last of them is there: the seeding flag is up from the first moment its row can be seen.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field, before anything is made.
 */
export async function createFeature(input: CreateFeatureInput): Promise<CreatedFeature> {
  const feature = await insertFeature({ ...input, uuid: uuid4() });
  // From here on a cancellation would leave a flag up for ever, and with it the project's documents unwritten.
  await CancellationScope.nonCancellable(async () => {
    await recordFeatureCreated(feature);
    await insertMultivariateOptions({ ...feature, options: input.multivariateOptions ?? [] });
    await createInitialFeatureStatesForFeature(feature);
    await clearFeatureIsCreating(feature);
  });
  return feature;
}
