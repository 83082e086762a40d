import type { DatabaseSession } from './connect.js';

/** To whom an environment belongs; deleted ones too. */
export interface DescribedEnvironment {
  id: number;
  name: string;
  projectId: number;
  projectName: string;
  organisationId: number;
  apiKey: string;
  isDeleted: boolean;
  usesDynamoDb: boolean;
}

/** Undefined where there never was such an environment. */
export async function describeEnvironment(
  db: DatabaseSession,
  environmentId: number,
): Promise<DescribedEnvironment | undefined> {
  const [found] = await db<DescribedEnvironment[]>`
    SELECT
      environment.id, environment.name, environment.api_key AS "apiKey",
      environment.deleted_at IS NOT NULL AS "isDeleted",
      project.id AS "projectId", project.name AS "projectName", project.organisation_id AS "organisationId",
      project.enable_dynamo_db AS "usesDynamoDb"
    FROM public.environments_environment AS environment
    JOIN public.projects_project AS project ON project.id = environment.project_id
    WHERE environment.id = ${environmentId}::bigint`;
  return found;
}
