import { newEnvironmentApiKey } from '../../creation/environmentApiKey.js';
import type { CloneInput } from '../../creation/inputs.js';
import type { Database } from '../connect.js';
import { copiedColumns } from './copiedColumns.js';
import { findEnvironment } from './environments.js';

/** What a clone does not take over. Those without a value below are null in it: nobody has evaluated it yet. */
const OWN_COLUMNS = [
  ...['id', 'uuid', 'name', 'description', 'api_key', 'created_date', 'is_creating'],
  ...['first_evaluated_at', 'first_evaluated_sdk_label'],
];

/**
 * Inserts a copy of the source's row with its seeding flag up, once for its uuid. Its `created_date` is the moment as of
 * which feature states are copied.
 *
 * @returns its id, undefined where there is no such source, or one that is itself being seeded
 */
export async function insertCloneRow(db: Database, input: CloneInput): Promise<number | undefined> {
  const { sourceEnvironmentId, name, description, uuid } = input;
  const copied = await copiedColumns(db, 'environments_environment', 'source', OWN_COLUMNS);
  await db`
    INSERT INTO public.environments_environment (
      uuid, name, description, api_key, created_date, is_creating, ${copied.names}
    )
    SELECT
      ${uuid}, ${name}, ${description === undefined ? db`source.description` : db`${description}`},
      ${newEnvironmentApiKey()}, now(), true, ${copied.values}
    FROM public.environments_environment AS source
    JOIN public.projects_project AS project ON project.id = source.project_id AND project.deleted_at IS NULL
    WHERE source.id = ${sourceEnvironmentId} AND source.deleted_at IS NULL AND NOT source.is_creating
    ON CONFLICT (uuid) DO NOTHING`;
  return await findEnvironment(db, uuid);
}

/** The environment is there, in a project that is there. */
export async function isCloneable(db: Database, environmentId: number): Promise<boolean> {
  const rows = await db`
    SELECT FROM public.environments_environment AS environment
    JOIN public.projects_project AS project ON project.id = environment.project_id AND project.deleted_at IS NULL
    WHERE environment.id = ${environmentId} AND environment.deleted_at IS NULL`;
  return rows.length > 0;
}
