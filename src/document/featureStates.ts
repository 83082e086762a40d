import { byId } from './byId.js';
import { UnreadableDocumentError } from './errors.js';
import { featureValue } from './featureValue.js';
import { groupRows } from './groupRows.js';
import { buildMultivariateValues } from './multivariateValues.js';
import type { FeatureStateRow, MultivariateValueRow } from './rows.js';
import type { FeatureState } from './types.js';
import { isVersion4 } from './uuid.js';

/** Feature states where the document has them, each list in its order. */
export interface ArrangedFeatureStates {
  /** Environment defaults: a feature takes the place of the first of its states that were live. */
  defaults: FeatureStateRow[];
  /** By `segments_segment.id`: the highest priority first. Priorities count per feature, so many are equal. */
  overrides: Map<number, FeatureStateRow[]>;
}

export function arrangeFeatureStates(rows: FeatureStateRow[]): ArrangedFeatureStates {
  const defaults = rows
    .filter((row) => row.featureSegmentId === null)
    .sort((a, b) => a.firstLiveId - b.firstLiveId);
  const overrides = groupRows(rows, (row) => row.segmentId);
  for (const ofSegment of overrides.values()) ofSegment.sort(byPriority);
  return { defaults, overrides };
}

const byPriority = (a: FeatureStateRow, b: FeatureStateRow): number =>
  (a.priority ?? 0) - (b.priority ?? 0) ||
  (a.featureSegmentId ?? 0) - (b.featureSegmentId ?? 0) ||
  a.firstLiveId - b.firstLiveId;

/** Gives the function that builds a feature state with its share of `multivariateValues`. */
export function featureStateBuilder(
  multivariateValues: MultivariateValueRow[],
): (row: FeatureStateRow) => FeatureState {
  const valuesByState = groupRows([...multivariateValues].sort(byId), (row) => row.featureStateId);
  return (row) => buildFeatureState(row, valuesByState.get(row.id) ?? []);
}

function buildFeatureState(row: FeatureStateRow, multivariateValues: MultivariateValueRow[]): FeatureState {
  if (!isVersion4(row.uuid))
    throw new UnreadableDocumentError('features_featurestate', row.id, 'uuid is not a version 4 UUID');
  return {
    // A salt of 0 is no salt, as for Flagsmith.
    django_id: row.mvHashingSalt === null || row.mvHashingSalt === 0 ? row.id : row.mvHashingSalt,
    featurestate_uuid: row.uuid,
    enabled: row.enabled,
    feature: { id: row.featureId, name: row.featureName, type: row.featureType },
    feature_segment: row.priority === null ? null : { priority: row.priority },
    feature_state_value: featureValue(row),
    multivariate_feature_state_values: buildMultivariateValues(row.id, multivariateValues),
  };
}
