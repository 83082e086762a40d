import { ApplicationFailure, Context } from '@temporalio/activity';
import {
  copyStates,
  isSourceIntact,
  readCloning,
  readStatesToCopy,
} from '../db/creation/clonedFeatureStates.js';
import { failureTypes } from '../workflows/contract.js';
import type { SeededFeatureStates } from './createInitialFeatureStates.js';
import type { CreationDeps } from './deps.js';

/**
 * Gives the clone what is live in its source at the moment the clone's row was made: environment defaults and segment
 * overrides, chunk after chunk. Each row is copied as it is at some moment between the beginning and the end: what was
 * live throughout is not missing, and nothing is there twice. Repeatable: a second run copies what the first one did not
 * get to.
 *
 * @throws {ApplicationFailure} `SourceChanged` if the source was deleted meanwhile, or changed to v2 versioning: then
 *   what there was to copy cannot be told any more, and the clone stays flagged rather than being filled with defaults
 */
export async function cloneFeatureStates(
  { db, chunkSize }: CreationDeps,
  input: { sourceEnvironmentId: number; environmentId: number },
): Promise<SeededFeatureStates> {
  const context = Context.current();
  const cloning = await readCloning(db, input);
  const stateIds = await readStatesToCopy(db, cloning);
  let featureStatesCount = 0;
  for (let copied = 0; copied < stateIds.length; copied += chunkSize) {
    context.cancellationSignal.throwIfAborted();
    featureStatesCount += await copyStates(db, cloning, stateIds.slice(copied, copied + chunkSize));
    context.heartbeat({ featureStatesCount });
  }
  if (!(await isSourceIntact(db, cloning)))
    throw ApplicationFailure.nonRetryable(
      `environment ${input.sourceEnvironmentId} was deleted, or changed to v2 feature versioning, while it was cloned; ` +
        `environment ${input.environmentId}, its clone, is incomplete and stays flagged: delete it and clone again`,
      failureTypes.sourceChanged,
    );
  return { featureStatesCount };
}
