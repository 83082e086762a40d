import type { EnvironmentRow, OrganisationRow, ProjectRow } from '../../document/rows.js';
import type { DatabaseSession } from '../connect.js';

interface Found {
  environment: EnvironmentRow;
  project: ProjectRow;
  organisation: OrganisationRow;
}

/**
 * The environment unless it is deleted, with its project and organisation, which may be: an environment of a deleted
 * project has its document until it is itself deleted.
 */
export async function selectEnvironment(tx: DatabaseSession, environmentId: number): Promise<Found[]> {
  const rows = await tx<FlatRow[]>`
    SELECT
      e.id, e.api_key, e.name,
      to_char(e.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS updated_at,
      e.allow_client_traits, e.hide_sensitive_data, e.hide_disabled_flags, e.use_mv_v2_evaluation,
      e.use_identity_overrides_in_local_eval, e.first_evaluated_at IS NOT NULL AS is_evaluated,
      p.id AS project_id, p.name AS project_name, p.hide_disabled_flags AS project_hide_disabled_flags,
      p.enable_realtime_updates, p.enable_dynamo_db, p.identity_overrides_v2_migration_status,
      o.id AS organisation_id, o.name AS organisation_name, o.feature_analytics, o.stop_serving_flags,
      o.persist_trait_data,
      EXISTS (SELECT FROM public.organisations_subscription s WHERE s.organisation_id = o.id) AS has_subscription
    FROM public.environments_environment e
    JOIN public.projects_project p ON p.id = e.project_id
    JOIN public.organisations_organisation o ON o.id = p.organisation_id
    WHERE e.id = ${environmentId} AND e.deleted_at IS NULL`;
  return rows.map(toFound);
}

interface FlatRow {
  id: number;
  api_key: string;
  name: string;
  updated_at: string;
  allow_client_traits: boolean;
  hide_sensitive_data: boolean;
  hide_disabled_flags: boolean | null;
  use_mv_v2_evaluation: boolean;
  use_identity_overrides_in_local_eval: boolean;
  is_evaluated: boolean;
  project_id: number;
  project_name: string;
  project_hide_disabled_flags: boolean;
  enable_realtime_updates: boolean;
  enable_dynamo_db: boolean;
  identity_overrides_v2_migration_status: string;
  organisation_id: number;
  organisation_name: string;
  feature_analytics: boolean;
  stop_serving_flags: boolean;
  persist_trait_data: boolean;
  has_subscription: boolean;
}

const toFound = (row: FlatRow): Found => ({
  environment: {
    id: row.id,
    apiKey: row.api_key,
    name: row.name,
    updatedAt: row.updated_at,
    allowClientTraits: row.allow_client_traits,
    hideSensitiveData: row.hide_sensitive_data,
    hideDisabledFlags: row.hide_disabled_flags,
    useMvV2Evaluation: row.use_mv_v2_evaluation,
    useIdentityOverridesInLocalEval: row.use_identity_overrides_in_local_eval,
    isEvaluated: row.is_evaluated,
  },
  project: {
    id: row.project_id,
    name: row.project_name,
    hideDisabledFlags: row.project_hide_disabled_flags,
    enableRealtimeUpdates: row.enable_realtime_updates,
    enableDynamoDb: row.enable_dynamo_db,
    identityOverridesV2MigrationStatus: row.identity_overrides_v2_migration_status,
  },
  organisation: {
    id: row.organisation_id,
    name: row.organisation_name,
    featureAnalytics: row.feature_analytics,
    stopServingFlags: row.stop_serving_flags,
    persistTraitData: row.persist_trait_data,
    hasSubscription: row.has_subscription,
  },
});
