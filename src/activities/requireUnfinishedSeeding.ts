import { invalidInput } from '../creation/invalidInput.js';
import { whyNotToFinish } from '../creation/unfinishedSeeding.js';
import { readSeedingState, readUnseededPairs, type UnseededPairs } from '../db/creation/unfinishedSeeding.js';
import type { FinishSeedingInput } from '../workflows/creationContract.js';
import type { CreationDeps } from './deps.js';

/**
 * How many of the pairs lack what, before anything is done about it.
 *
 * @throws {ApplicationFailure} `InvalidInput` where there is nothing to finish: no such environment or feature, its
 *   seeding flag down, or so young that its creator may be at work
 */
export async function requireUnfinishedSeeding(
  { db }: CreationDeps,
  input: FinishSeedingInput,
): Promise<Omit<UnseededPairs, 'examples'>> {
  const problem = whyNotToFinish(input, await readSeedingState(db, input));
  if (problem) throw invalidInput('environmentId' in input ? 'environmentId' : 'featureId', problem);
  const { pairsCount, counts } = await readUnseededPairs(db, input);
  return { pairsCount, counts };
}
