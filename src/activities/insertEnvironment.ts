import { environmentInput } from '../creation/inputs.js';
import { invalidInput, parseInput } from '../creation/invalidInput.js';
import { insertEnvironmentRow } from '../db/creation/environments.js';
import type { CreateEnvironmentInput, CreatedEnvironment } from '../workflows/creationContract.js';
import type { CreationDeps } from './deps.js';

/**
 * Inserts the environment, its seeding flag up; repeated, it finds its own row by the uuid.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field; nothing was inserted then
 */
export async function insertEnvironment(
  { db }: CreationDeps,
  input: CreateEnvironmentInput & { uuid: string },
): Promise<CreatedEnvironment> {
  const environment = parseInput(environmentInput, input);
  const environmentId = await insertEnvironmentRow(db, environment);
  if (environmentId === undefined)
    throw invalidInput('projectId', `there is no project ${environment.projectId}`);
  return { environmentId };
}
