import { ApplicationFailure } from '@temporalio/activity';
import { cloneInput } from '../creation/inputs.js';
import { invalidInput, parseInput } from '../creation/invalidInput.js';
import { insertCloneRow, isCloneable } from '../db/creation/clonedEnvironments.js';
import type { CloneEnvironmentInput, CreatedEnvironment } from '../workflows/creationContract.js';
import type { CreationDeps } from './deps.js';

/**
 * Inserts the clone, its seeding flag up; repeated, it finds its own row by the uuid. A source that is itself being
 * seeded is waited for, by being tried again: a copy of half an environment would stay one, and the other half is
 * usually a moment away.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field; nothing was inserted then
 */
export async function insertEnvironmentClone(
  { db }: CreationDeps,
  input: CloneEnvironmentInput & { uuid: string },
): Promise<CreatedEnvironment> {
  const clone = parseInput(cloneInput, input);
  const environmentId = await insertCloneRow(db, clone);
  if (environmentId !== undefined) return { environmentId };
  const { sourceEnvironmentId } = clone;
  if (!(await isCloneable(db, sourceEnvironmentId)))
    throw invalidInput('sourceEnvironmentId', `there is no environment ${sourceEnvironmentId}`);
  throw ApplicationFailure.retryable(
    `environment ${sourceEnvironmentId} is itself being seeded (is_creating is up); it is cloned after that`,
    'SourceIsSeeding',
  );
}
