import type { Database } from './connect.js';

/** Few enough to hold, many enough that asking for them takes no time beside working through them. */
const PAGE_SIZE = 500;
/** PostgreSQL's type of these ids ends here; asked for more, it fails instead of finding nothing. */
const MAX_ID = 2_147_483_647;

/**
 * The environments that are not deleted, of one project or of all, by id. Nothing is open between two pages, so the
 * caller may take its time over each environment.
 */
export async function* listEnvironmentIds(db: Database, projectId?: number): AsyncGenerator<number> {
  const ofProject = projectId === undefined ? db`` : db`AND project_id = ${projectId}`;
  for (let after = 0; ;) {
    const page = await db<{ id: number }[]>`
      SELECT id FROM public.environments_environment
      WHERE deleted_at IS NULL AND id > ${after} ${ofProject}
      ORDER BY id LIMIT ${PAGE_SIZE}`;
    for (const { id } of page) yield id;
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return;
    after = last.id;
  }
}

export interface FoundEnvironment {
  id: number;
  isDeleted: boolean;
}

/** The environment's row by its id or its API key, also where it is marked as deleted. */
export async function findEnvironment(
  db: Database,
  by: { id: number } | { apiKey: string },
): Promise<FoundEnvironment | undefined> {
  if ('id' in by && by.id > MAX_ID) return undefined;
  const [found] = await db<FoundEnvironment[]>`
    SELECT id, deleted_at IS NOT NULL AS "isDeleted" FROM public.environments_environment
    WHERE ${'id' in by ? db`id = ${by.id}` : db`api_key = ${by.apiKey}`}`;
  return found;
}

/** Whether there is such a project; a deleted one counts, as its environments may still have documents. */
export async function projectExists(db: Database, projectId: number): Promise<boolean> {
  if (projectId > MAX_ID) return false;
  return (await db`SELECT FROM public.projects_project WHERE id = ${projectId}`).length > 0;
}
