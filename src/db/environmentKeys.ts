import type { DatabaseSession } from './connect.js';

export interface EnvironmentKey {
  id: number;
  projectId: number;
  apiKey: string;
}

/** To whom environments belong and what their items go by, deleted ones too; none for those that never were. */
export const readEnvironmentKeys = (
  db: DatabaseSession,
  environmentIds: number[],
): Promise<EnvironmentKey[]> =>
  db<EnvironmentKey[]>`
    SELECT id, project_id AS "projectId", api_key AS "apiKey"
    FROM public.environments_environment
    WHERE id = ANY (${environmentIds}::integer[])`;
