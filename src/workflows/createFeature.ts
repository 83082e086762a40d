import { CancellationScope, uuid4 } from '@temporalio/workflow';
import {
  clearFeatureIsCreating,
  createInitialFeatureStatesForFeature,
  insertFeature,
  insertMultivariateOptions,
  recordFeatureCreated,
} from './activityProxies.js';

export interface CreateFeatureInput {
  /** `projects_project.id`. */
  projectId: number;
  name: string;
  /** What its feature states start with; `42` and `true` become a number and a boolean, as in Flagsmith. */
  initialValue?: string | null;
  defaultEnabled?: boolean;
  isServerKeyOnly?: boolean;
  description?: string | null;
  /** With at least one the feature is multivariate. */
  multivariateOptions?: MultivariateOptionInput[];
}

export interface MultivariateOptionInput {
  value: string | number | boolean;
  /** Percentage, 0 to 100; all options of a feature together at most 100. */
  defaultPercentageAllocation: number;
  key?: string | null;
}

export interface CreatedFeature {
  featureId: number;
}

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
