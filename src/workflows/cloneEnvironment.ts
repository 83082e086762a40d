import { CancellationScope, uuid4 } from '@temporalio/workflow';
import {
  clearEnvironmentIsCreating,
  cloneFeatureStates,
  createInitialFeatureStatesForEnvironment,
  insertEnvironmentClone,
  recordEnvironmentCreated,
} from './activityProxies.js';
import type { CloneEnvironmentInput, CreatedEnvironment } from './creationContract.js';

/**
 * Creates an environment with the settings, feature states and segment overrides that another one has, and with an
 * initial feature state for each feature that this one lacks. Its document is not written before the last of them is
 * there: the seeding flag is up from the first moment its row can be seen.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field, before anything is made; `SourceChanged` if the source
 *   was deleted, or changed to v2 versioning, while it was copied
 */
export async function cloneEnvironment(input: CloneEnvironmentInput): Promise<CreatedEnvironment> {
  const environment = await insertEnvironmentClone({ ...input, uuid: uuid4() });
  // From here on a cancellation would leave a flag up for ever, and with it the document unwritten.
  await CancellationScope.nonCancellable(async () => {
    await recordEnvironmentCreated(environment);
    await cloneFeatureStates({ ...environment, sourceEnvironmentId: input.sourceEnvironmentId });
    // What is created at the same moment, and what the source itself never had: a document is complete all the same.
    await createInitialFeatureStatesForEnvironment(environment);
    await clearEnvironmentIsCreating(environment);
  });
  return environment;
}
