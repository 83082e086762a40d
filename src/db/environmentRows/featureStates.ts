import type { FeatureStateRow, MultivariateValueRow } from '../../document/rows.js';
import type { DatabaseSession, Fragment } from '../connect.js';
import { liveDefaults, liveSegmentOverrides } from './liveFeatureStates.js';

/** Each feature state of the document, once, with its feature and value. A deleted feature or value still counts. */
export const selectFeatureStates = (
  tx: DatabaseSession,
  environmentId: number,
  asOf: string,
): Promise<FeatureStateRow[]> => tx<FeatureStateRow[]>`
  SELECT
    fs.id, fs.uuid::text AS uuid, fs.enabled, fs.mv_hashing_salt AS "mvHashingSalt",
    f.id AS "featureId", f.name AS "featureName", f.type AS "featureType", f.is_server_key_only AS "isServerKeyOnly",
    current.first_live_id AS "firstLiveId",
    fseg.id AS "featureSegmentId", fseg.segment_id AS "segmentId", fseg.priority,
    fsv.type AS "valueType", fsv.boolean_value AS "booleanValue", fsv.integer_value AS "integerValue",
    fsv.string_value AS "stringValue"
  FROM (${currentFeatureStates(tx, environmentId, asOf)}) current
  JOIN public.features_featurestate fs ON fs.id = current.id
  JOIN public.features_feature f ON f.id = fs.feature_id
  LEFT JOIN public.features_featurestatevalue fsv ON fsv.feature_state_id = fs.id
  LEFT JOIN public.features_featuresegment fseg ON fseg.id = fs.feature_segment_id`;

/** The allocations of those feature states; an option without one gives no row. */
export const selectMultivariateValues = (
  tx: DatabaseSession,
  environmentId: number,
  asOf: string,
): Promise<MultivariateValueRow[]> => tx<MultivariateValueRow[]>`
  SELECT
    mvv.id, mvv.uuid::text AS uuid, mvv.feature_state_id AS "featureStateId",
    mvv.percentage_allocation AS "percentageAllocation", mvo.id AS "optionId", mvo.key AS "optionKey",
    mvo.type AS "valueType", mvo.boolean_value AS "booleanValue", mvo.integer_value AS "integerValue",
    mvo.string_value AS "stringValue"
  FROM (${currentFeatureStates(tx, environmentId, asOf)}) current
  JOIN public.multivariate_multivariatefeaturestatevalue mvv ON mvv.feature_state_id = current.id
  JOIN public.multivariate_multivariatefeatureoption mvo ON mvo.id = mvv.multivariate_feature_option_id`;

/**
 * Of the live states of each feature, by itself and in each feature segment, the one that counts; chosen here, as an
 * environment may keep every version it ever had. `first_live_id` is its place in the document's list.
 */
const currentFeatureStates = (tx: DatabaseSession, environmentId: number, asOf: string): Fragment => tx`
  SELECT DISTINCT ON (feature_segment_id, feature_id)
    id, min(id) OVER (PARTITION BY feature_segment_id, feature_id) AS first_live_id
  FROM (
    ${liveDefaults(tx, environmentId, asOf)}
    UNION ALL
    ${liveSegmentOverrides(tx, environmentId, asOf)}
  ) live
  ORDER BY feature_segment_id, feature_id, live_from DESC, version DESC, id DESC`;
