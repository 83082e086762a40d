import { CancellationScope, uuid4 } from '@temporalio/workflow';
import {
  clearEnvironmentIsCreating,
  createInitialFeatureStatesForEnvironment,
  insertEnvironment,
  recordEnvironmentCreated,
} from './activityProxies.js';
import type { CreatedEnvironment, CreateEnvironmentInput } from './creationContract.js';

/**
 * Creates an environment with a feature state for each feature of its project. Its document is not written before the
 * last of them is there: the seeding flag is up from the first moment its row can be seen.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field, before anything is made.
 */
export async function createEnvironment(input: CreateEnvironmentInput): Promise<CreatedEnvironment> {
  const environment = await insertEnvironment({ ...input, uuid: uuid4() });
  // From here on a cancellation would leave a flag up for ever, and with it the document unwritten.
  await CancellationScope.nonCancellable(async () => {
    await recordEnvironmentCreated(environment);
    await createInitialFeatureStatesForEnvironment(environment);
    await clearEnvironmentIsCreating(environment);
  });
  return environment;
}
