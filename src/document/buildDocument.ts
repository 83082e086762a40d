import { UnreadableDocumentError } from './errors.js';
import { arrangeFeatureStates, featureStateBuilder } from './featureStates.js';
import { buildIntegrations } from './integrations.js';
import type { EnvironmentRows, FeatureStateRow, OrganisationRow } from './rows.js';
import { buildSegments } from './segments.js';
import type { EnvironmentDocument, Organisation, Project, Segment } from './types.js';

/**
 * The document that Flagsmith would write of these rows.
 *
 * @throws {UnreadableDocumentError} where a row would make it unreadable, as Flagsmith refuses it too
 */
export function buildDocument(rows: EnvironmentRows): EnvironmentDocument {
  const { environment } = rows;
  const { defaults, overrides } = arrangeFeatureStates(rows.featureStates);
  const buildFeatureState = featureStateBuilder(rows.multivariateValues);
  const segments = buildSegments(rows, overrides, buildFeatureState);
  return {
    id: environment.id,
    api_key: environment.apiKey,
    name: environment.name,
    updated_at: isoTimestamp(environment.updatedAt),
    allow_client_traits: environment.allowClientTraits,
    hide_sensitive_data: environment.hideSensitiveData,
    hide_disabled_flags: environment.hideDisabledFlags,
    use_identity_composite_key_for_hashing: environment.useMvV2Evaluation,
    use_identity_overrides_in_local_eval: environment.useIdentityOverridesInLocalEval,
    onboarding_pending: !environment.isEvaluated,
    project: buildProject(rows, defaults, segments),
    feature_states: defaults.map(buildFeatureState),
    identity_overrides: [],
    ...buildIntegrations(rows.integrations),
  };
}

function buildProject(
  { project, organisation }: EnvironmentRows,
  defaults: FeatureStateRow[],
  segments: Segment[],
): Project {
  return {
    id: project.id,
    name: project.name,
    hide_disabled_flags: project.hideDisabledFlags,
    enable_realtime_updates: project.enableRealtimeUpdates,
    organisation: buildOrganisation(organisation),
    segments,
    server_key_only_feature_ids: defaults.filter((row) => row.isServerKeyOnly).map((row) => row.featureId),
  };
}

function buildOrganisation(row: OrganisationRow): Organisation {
  if (!row.hasSubscription)
    throw new UnreadableDocumentError(
      'organisations_organisation',
      row.id,
      'has no row in organisations_subscription',
    );
  return {
    id: row.id,
    name: row.name,
    feature_analytics: row.featureAnalytics,
    stop_serving_flags: row.stopServingFlags,
    persist_trait_data: row.persistTraitData,
  };
}

/** As Python's `isoformat`: microseconds are shown all six or, where they are zero, not at all. */
const isoTimestamp = (utc: string): string => `${utc.replace(/\.000000$/, '')}+00:00`;
