import { newEnvironmentApiKey } from '../../creation/environmentApiKey.js';
import type { EnvironmentInput } from '../../creation/inputs.js';
import type { Database } from '../connect.js';
import { inTurn } from './inTurn.js';

/**
 * Inserts the environment with its seeding flag up, once for its uuid.
 *
 * @returns its id, undefined where there is no such project
 */
export async function insertEnvironmentRow(
  db: Database,
  input: EnvironmentInput,
): Promise<number | undefined> {
  const { projectId, name, description, useV2FeatureVersioning = false, uuid } = input;
  await db`
    INSERT INTO public.environments_environment (
      name, description, project_id, api_key, uuid, is_creating, created_date, updated_at, webhooks_enabled,
      allow_client_traits, use_mv_v2_evaluation, hide_sensitive_data, use_v2_feature_versioning,
      use_identity_overrides_in_local_eval
    )
    SELECT
      ${name}, ${description ?? null}, id, ${newEnvironmentApiKey()}, ${uuid}, true, now(), now(), false,
      true, true, false, ${useV2FeatureVersioning},
      true
    FROM public.projects_project
    WHERE id = ${projectId} AND deleted_at IS NULL
    ON CONFLICT (uuid) DO NOTHING`;
  return await findEnvironment(db, uuid);
}

export async function findEnvironment(db: Database, uuid: string): Promise<number | undefined> {
  const [row] = await db<
    { id: number }[]
  >`SELECT id FROM public.environments_environment WHERE uuid = ${uuid}`;
  return row?.id;
}

/**
 * Inserts the audit row of the environment's creation, once, and sets `updated_at` in the same statement, as Flagsmith
 * does with each audit row that triggers a write.
 */
export async function insertEnvironmentCreatedAuditLog(db: Database, environmentId: number): Promise<void> {
  await inTurn(db, 'ENVIRONMENT', environmentId, async (tx) => {
    await tx`
      WITH audit_log AS (
        INSERT INTO public.audit_auditlog (
          created_date, log, environment_id, project_id, related_object_id, related_object_type, is_system_event
        )
        SELECT created_date, 'New Environment created: ' || name, id, project_id, id, 'ENVIRONMENT', false
        FROM public.environments_environment AS environment
        WHERE id = ${environmentId} AND NOT EXISTS (
          SELECT FROM public.audit_auditlog
          WHERE environment_id = environment.id AND related_object_type = 'ENVIRONMENT'
            AND related_object_id = environment.id
        )
        RETURNING environment_id, created_date
      )
      UPDATE public.environments_environment AS environment
      SET updated_at = audit_log.created_date
      FROM audit_log
      WHERE environment.id = audit_log.environment_id`;
  });
}

/** Takes the seeding flag down. A bare UPDATE: no audit row, no hook, nothing that would start a write of its own. */
export async function clearEnvironmentFlag(db: Database, environmentId: number): Promise<void> {
  await db`UPDATE public.environments_environment SET is_creating = false WHERE id = ${environmentId} AND is_creating`;
}
