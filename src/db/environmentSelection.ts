import type { Selection } from '../workflows/sweepContract.js';
import type { Database } from './connect.js';

export interface PageLimits {
  /** The page begins behind this environment. */
  afterId: number;
  limit: number;
}

/** Ids of the selected environments that are not deleted, in their order: one page of them. */
export async function selectEnvironments(
  db: Database,
  selection: Selection,
  { afterId, limit }: PageLimits,
): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT environment.id ${selected(db, selection)} AND environment.id > ${afterId}
    ORDER BY environment.id LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

/** How many there are. */
export async function countEnvironments(db: Database, selection: Selection): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*)::integer AS count ${selected(db, selection)}`;
  return row?.count ?? 0;
}

const selected = (db: Database, { environmentIds, projectId, organisationId }: Selection) => db`
  FROM public.environments_environment AS environment
  JOIN public.projects_project AS project ON project.id = environment.project_id
  WHERE environment.deleted_at IS NULL
    ${environmentIds ? db`AND environment.id = ANY (${environmentIds}::integer[])` : db``}
    ${projectId === undefined ? db`` : db`AND project.id = ${projectId}`}
    ${organisationId === undefined ? db`` : db`AND project.organisation_id = ${organisationId}`}`;
