import { featureInput } from '../creation/inputs.js';
import { parseInput } from '../creation/invalidInput.js';
import { nameTaken, requireAllowed } from '../creation/projectRules.js';
import { insertFeatureRow, readProjectRules } from '../db/creation/features.js';
import type { CreatedFeature, CreateFeatureInput } from '../workflows/creationContract.js';
import type { CreationDeps } from './deps.js';

/**
 * Inserts the feature, its seeding flag up; repeated, it finds its own row by the uuid. Its options are checked here
 * too, so that nothing is made of an input that is wrong in any part.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field; nothing was inserted then
 */
export async function insertFeature(
  { db }: CreationDeps,
  input: CreateFeatureInput & { uuid: string },
): Promise<CreatedFeature> {
  const feature = parseInput(featureInput, input);
  requireAllowed(feature, await readProjectRules(db, feature));
  const featureId = await insertFeatureRow(db, feature);
  if (featureId === 'name_taken') throw nameTaken();
  return { featureId };
}
