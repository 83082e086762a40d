import type { DatabaseSession, Fragment } from '../connect.js';

/**
 * Which feature states are live at a moment, as parts of statements. Each gives rows of
 * `id, feature_id, feature_segment_id, live_from, version`; of several live ones the greatest
 * `(live_from, version, id)` is the one that counts.
 */

/** The environment's defaults that are live: of a feature none, one or, with its older versions, several. */
export const liveDefaults = (tx: DatabaseSession, environmentId: number, asOf: string): Fragment => tx`
  SELECT ${liveColumns(tx)}
  FROM public.environments_environment e
  JOIN public.features_featurestate fs ON fs.environment_id = e.id AND fs.deleted_at IS NULL
  ${itsFeatureVersion(tx)}
  WHERE e.id = ${environmentId}
    AND fs.feature_segment_id IS NULL AND fs.identity_id IS NULL
    AND ${isLive(tx, asOf)}`;

/**
 * The environment's segment overrides that are live. Under v2 versioning those of the latest versions only; yet an
 * environment without any latest version keeps them all, as Flagsmith takes an empty list of versions for no filter.
 */
export const liveSegmentOverrides = (
  tx: DatabaseSession,
  environmentId: number,
  asOf: string,
): Fragment => tx`
  SELECT ${liveColumns(tx)}
  FROM public.environments_environment e
  JOIN public.features_featuresegment fseg ON fseg.environment_id = e.id
  CROSS JOIN LATERAL (
    SELECT id, feature_id, feature_segment_id, live_from, version, environment_feature_version_id
    FROM public.features_featurestate
    WHERE feature_segment_id = fseg.id AND deleted_at IS NULL
    OFFSET 0 -- looked up one by one: where nobody has overrides yet, PostgreSQL expects so many as to read the whole table
  ) AS fs
  ${itsFeatureVersion(tx)}
  WHERE e.id = ${environmentId}
    AND ${isLive(tx, asOf)}
    AND (NOT e.use_v2_feature_versioning
      OR fseg.environment_feature_version_id IN (${latestVersions(tx, environmentId, asOf)})
      OR NOT EXISTS (${latestVersions(tx, environmentId, asOf)}))`;

const liveColumns = (tx: DatabaseSession): Fragment => tx`
    fs.id, fs.feature_id, fs.feature_segment_id,
    CASE WHEN e.use_v2_feature_versioning THEN efv.live_from ELSE fs.live_from END AS live_from,
    CASE WHEN e.use_v2_feature_versioning THEN 0 ELSE fs.version END AS version`;

/** Joins `efv`, the version of the feature state `fs`; none in an environment `e` under v1 versioning. */
export const itsFeatureVersion = (tx: DatabaseSession): Fragment => tx`
  LEFT JOIN public.feature_versioning_environmentfeatureversion efv
    ON e.use_v2_feature_versioning AND efv.uuid = fs.environment_feature_version_id`;

/** v1: the state says itself whether it is live. v2: only its version does, even a deleted one. */
export const isLive = (tx: DatabaseSession, asOf: string): Fragment => tx`
    CASE WHEN e.use_v2_feature_versioning
      THEN efv.published_at IS NOT NULL AND efv.live_from <= ${moment(tx, asOf)}
      ELSE fs.version IS NOT NULL AND fs.live_from <= ${moment(tx, asOf)}
    END`;

/**
 * Per feature the newest live moment among versions neither deleted nor unpublished; then all versions of that very
 * moment, whether deleted, published or not.
 */
const latestVersions = (tx: DatabaseSession, environmentId: number, asOf: string): Fragment => tx`
  SELECT latest.uuid
  FROM public.feature_versioning_environmentfeatureversion latest
  JOIN (
    SELECT feature_id, max(live_from) AS live_from
    FROM public.feature_versioning_environmentfeatureversion
    WHERE environment_id = ${environmentId}
      AND deleted_at IS NULL AND published_at IS NOT NULL AND live_from <= ${moment(tx, asOf)}
    GROUP BY feature_id
  ) newest ON newest.feature_id = latest.feature_id AND newest.live_from = latest.live_from
  WHERE latest.environment_id = ${environmentId}`;

/**
 * A moment of UTC text. Goes as text, as the driver would cut a timestamp parameter to milliseconds; the session's zone
 * does not matter. A query of its own, so that it is worked out once and not for each row.
 */
export const moment = (tx: DatabaseSession, utc: string): Fragment =>
  tx`(SELECT ${utc}::text::timestamp AT TIME ZONE 'UTC')`;
