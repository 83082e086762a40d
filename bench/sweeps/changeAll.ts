import { orderOf } from '../../src/dynamo/unlessNewer.js';
import type { LiveServers } from '../frame/liveSystem.js';
import { readDocuments } from './documents.js';
import { BIG_ORGANISATION } from './environments.js';

/** Commits an audit row of each of the many environments, all at once. */
export async function changeAll({ db }: LiveServers): Promise<void> {
  await db`
    INSERT INTO public.audit_auditlog
      (created_date, log, project_id, environment_id, related_object_type, is_system_event)
    SELECT now(), 'changed', environment.project_id, environment.id, 'FEATURE_STATE', false
    FROM public.environments_environment AS environment
    JOIN public.projects_project AS project ON project.id = environment.project_id
    WHERE project.organisation_id = ${BIG_ORGANISATION}`;
}

/** Of the many environments' items, by environment. */
export async function ordersOfAll(servers: LiveServers): Promise<Map<number, string>> {
  const documents = await readDocuments(servers, BIG_ORGANISATION);
  return new Map([...documents].map(([id, { v1 }]) => [id, (v1 && orderOf(v1)?.order) ?? '']));
}
