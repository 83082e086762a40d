import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { buildDocument } from '../../src/document/buildDocument.js';
import type { EnvironmentDocument, FeatureState } from '../../src/document/types.js';
import type { TestDatabase } from '../support/database.js';

/** The document that would be written of the environment now. */
export async function readDocument(
  { db }: TestDatabase,
  environmentId: number,
): Promise<EnvironmentDocument> {
  const [now] = await db<{ asOf: string }[]>`
    SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "asOf"`;
  const rows = await db.transaction(
    (tx) => readEnvironmentRows(tx, environmentId, now!.asOf),
    'ISOLATION LEVEL REPEATABLE READ READ ONLY',
  );
  return buildDocument(rows!);
}

/**
 * What a clone's document shares with its source's: all but what is an environment's or a row's own, the integrations,
 * which a clone does not take over, and orders that readers do not depend on.
 */
export function inherited(document: EnvironmentDocument) {
  const { project } = document;
  return {
    allow_client_traits: document.allow_client_traits,
    hide_sensitive_data: document.hide_sensitive_data,
    hide_disabled_flags: document.hide_disabled_flags,
    use_identity_composite_key_for_hashing: document.use_identity_composite_key_for_hashing,
    use_identity_overrides_in_local_eval: document.use_identity_overrides_in_local_eval,
    project: {
      ...project,
      server_key_only_feature_ids: [...project.server_key_only_feature_ids].sort((a, b) => a - b),
      segments: project.segments.map((segment) => ({
        ...segment,
        feature_states: withoutOwn(segment.feature_states),
      })),
    },
    feature_states: withoutOwn(document.feature_states),
  };
}

const withoutOwn = (states: FeatureState[]) =>
  states
    .map(({ featurestate_uuid, multivariate_feature_state_values: values, ...state }) => ({
      ...state,
      hasUuid: featurestate_uuid !== '',
      multivariate_feature_state_values: values
        .map(({ percentage_allocation, multivariate_feature_option }) => ({
          percentage_allocation,
          multivariate_feature_option,
        }))
        .sort((a, b) => a.multivariate_feature_option.id - b.multivariate_feature_option.id),
    }))
    .sort(
      (a, b) =>
        a.feature.id - b.feature.id ||
        (a.feature_segment?.priority ?? -1) - (b.feature_segment?.priority ?? -1) ||
        a.django_id - b.django_id,
    );
