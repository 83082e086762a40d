import { multivariateOptionsInput } from '../creation/inputs.js';
import { parseInput } from '../creation/invalidInput.js';
import { insertOptionRows } from '../db/creation/features.js';
import type { MultivariateOptionInput } from '../workflows/creationContract.js';
import type { CreationDeps } from './deps.js';

/** Inserts the feature's options, each once, with its audit row. */
export async function insertMultivariateOptions(
  { db }: CreationDeps,
  input: { featureId: number; options: MultivariateOptionInput[] },
): Promise<void> {
  const { featureId, options } = parseInput(multivariateOptionsInput, input);
  await insertOptionRows(db, featureId, options);
}
