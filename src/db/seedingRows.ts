import type { CompoundRow, PairRow, SeedingRows } from '../seeding/seedingVerdict.js';
import type { DatabaseSession } from './connect.js';
import { isLive, itsFeatureVersion, moment } from './environmentRows/liveFeatureStates.js';

/** Which moments the rows are judged by: UTC text as in `Snapshot.asOf`. */
export interface SeedingMoments {
  asOf: string;
  /** What was created after this moment is young. */
  youngSince: string;
}

/**
 * Fetches what tells whether something in the environment is being seeded, in the caller's snapshot and without a
 * round trip between the statements. `undefined` for an environment that is deleted or never was.
 */
export async function readSeedingRows(
  tx: DatabaseSession,
  environmentId: number,
  moments: SeedingMoments,
): Promise<SeedingRows | undefined> {
  const [[flags], youngPairs, youngCompounds] = await Promise.all([
    readFlags(tx, environmentId),
    readYoungPairs(tx, environmentId, moments),
    readYoungCompounds(tx, environmentId, moments),
  ]);
  return flags && { ...flags, youngPairs, youngCompounds };
}

/**
 * Both seeding flags. `features_feature.is_creating` is ours and may be absent: the name then finds the constant of
 * the query around it.
 */
const readFlags = (tx: DatabaseSession, environmentId: number) => tx<
  Omit<SeedingRows, 'youngPairs' | 'youngCompounds'>[]
>`
  SELECT
    project.enable_dynamo_db AS "usesDynamoDb",
    environment.is_creating AS "environmentIsCreating",
    ARRAY(
      SELECT feature.id
      FROM (SELECT false AS is_creating) AS where_absent
      CROSS JOIN LATERAL (
        SELECT id, is_creating FROM public.features_feature
        WHERE project_id = environment.project_id AND deleted_at IS NULL
      ) AS feature
      WHERE feature.is_creating
      ORDER BY feature.id
    ) AS "creatingFeatureIds"
  FROM public.environments_environment AS environment
  JOIN public.projects_project AS project ON project.id = environment.project_id
  WHERE environment.id = ${environmentId} AND environment.deleted_at IS NULL`;

/** The pairs of which feature or environment is young, and how far each is seeded, by the rules of what is live. */
const readYoungPairs = (
  tx: DatabaseSession,
  environmentId: number,
  { asOf, youngSince }: SeedingMoments,
) => tx<PairRow[]>`
  SELECT
    feature.id AS "featureId",
    to_char(pair.created_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "createdAt",
    count(live.id) > 0 AS "hasState",
    coalesce(bool_or(live.has_value), false) AS "hasValue",
    coalesce(min(live.missing_option_values), 0)::integer AS "missingOptionValues"
  FROM public.environments_environment AS e
  JOIN public.features_feature AS feature
    ON feature.project_id = e.project_id AND feature.deleted_at IS NULL
  CROSS JOIN LATERAL (SELECT greatest(feature.created_date, e.created_date) AS created_date) AS pair
  LEFT JOIN LATERAL (
    SELECT
      fs.id,
      EXISTS (SELECT FROM public.features_featurestatevalue WHERE feature_state_id = fs.id) AS has_value,
      (
        SELECT count(*) FROM public.multivariate_multivariatefeatureoption AS option
        WHERE option.feature_id = feature.id AND NOT EXISTS (
          SELECT FROM public.multivariate_multivariatefeaturestatevalue
          WHERE feature_state_id = fs.id AND multivariate_feature_option_id = option.id
        )
      ) AS missing_option_values
    FROM public.features_featurestate AS fs
    ${itsFeatureVersion(tx)}
    WHERE fs.environment_id = e.id AND fs.feature_id = feature.id AND fs.deleted_at IS NULL
      AND fs.identity_id IS NULL AND fs.feature_segment_id IS NULL
      AND ${isLive(tx, asOf)}
  ) AS live ON true
  WHERE e.id = ${environmentId} AND e.deleted_at IS NULL
    AND pair.created_date > ${moment(tx, youngSince)}
  GROUP BY feature.id, pair.created_date
  ORDER BY feature.id`;

/**
 * Young multivariate features and young segments of the project, each with a fingerprint of its parts. A segment is
 * as young as its youngest rule: Flagsmith updates one by adding rules and conditions one at a time.
 */
const readYoungCompounds = (tx: DatabaseSession, environmentId: number, { youngSince }: SeedingMoments) => tx<
  CompoundRow[]
>`
  WITH RECURSIVE environment AS (
    SELECT project_id FROM public.environments_environment WHERE id = ${environmentId} AND deleted_at IS NULL
  ),
  young_feature AS (
    SELECT feature.id, feature.created_date
    FROM environment
    JOIN public.features_feature AS feature USING (project_id)
    WHERE feature.type = 'MULTIVARIATE' AND feature.deleted_at IS NULL
      AND feature.created_date > ${moment(tx, youngSince)}
  ),
  segment AS (
    SELECT segment.id, segment.created_at
    FROM environment
    JOIN public.segments_segment AS segment USING (project_id)
    WHERE segment.deleted_at IS NULL AND segment.version_of_id = segment.id
  ),
  rule AS (
    SELECT rule.id, rule.type, rule.created_at, segment.id AS segment_id
    FROM segment
    JOIN public.segments_segmentrule AS rule ON rule.segment_id = segment.id AND rule.deleted_at IS NULL
    UNION -- not ALL: a rule that contains itself must not keep the query going
    SELECT child.id, child.type, child.created_at, rule.segment_id
    FROM rule
    JOIN public.segments_segmentrule AS child ON child.rule_id = rule.id AND child.deleted_at IS NULL
  ),
  young_segment AS (
    SELECT segment.id, greatest(segment.created_at, max(rule.created_at)) AS created_at
    FROM segment
    LEFT JOIN rule ON rule.segment_id = segment.id
    GROUP BY segment.id, segment.created_at
    HAVING greatest(segment.created_at, max(rule.created_at)) > ${moment(tx, youngSince)}
  ),
  part AS (
    SELECT 'feature' AS kind, young_feature.id, to_jsonb(option) AS part
    FROM young_feature
    JOIN public.multivariate_multivariatefeatureoption AS option ON option.feature_id = young_feature.id
    UNION ALL
    SELECT 'segment', rule.segment_id, jsonb_build_object('rule', rule.id, 'type', rule.type)
    FROM rule
    UNION ALL
    SELECT 'segment', rule.segment_id,
      jsonb_build_object('condition', condition.id, 'is', array[condition.operator, condition.property, condition.value])
    FROM rule
    JOIN public.segments_condition AS condition ON condition.rule_id = rule.id AND condition.deleted_at IS NULL
    WHERE rule.segment_id IN (SELECT id FROM young_segment)
  )
  SELECT
    young.kind,
    young.id,
    to_char(young.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "createdAt",
    md5(coalesce(string_agg(part.part::text, ' ' ORDER BY part.part::text), '')) AS fingerprint
  FROM (
    SELECT 'feature' AS kind, id, created_date AS created_at FROM young_feature
    UNION ALL
    SELECT 'segment', id, created_at FROM young_segment
  ) AS young
  LEFT JOIN part ON part.kind = young.kind AND part.id = young.id
  GROUP BY young.kind, young.id, young.created_at
  ORDER BY young.kind, young.id`;
