import type { ConditionRow, SegmentRow, SegmentRuleRow } from '../../document/rows.js';
import type { DatabaseSession, Fragment } from '../connect.js';

/** The live segments of the environment's project, except feature-specific ones never used in this environment. */
export const selectSegments = (tx: DatabaseSession, environmentId: number): Promise<SegmentRow[]> =>
  tx<SegmentRow[]>`${segments(tx, environmentId)}`;

/** Their rules to any depth; a deleted rule hides what is below it. */
export const selectSegmentRules = (tx: DatabaseSession, environmentId: number): Promise<SegmentRuleRow[]> =>
  tx<SegmentRuleRow[]>`
    WITH RECURSIVE ${rules(tx, environmentId)}
    SELECT id, type, segment_id AS "segmentId", rule_id AS "ruleId" FROM rules`;

/** The conditions of those rules. */
export const selectConditions = (tx: DatabaseSession, environmentId: number): Promise<ConditionRow[]> =>
  tx<ConditionRow[]>`
    WITH RECURSIVE ${rules(tx, environmentId)}
    SELECT c.id, c.rule_id AS "ruleId", c.operator, c.value, c.property
    FROM rules
    JOIN public.segments_condition c ON c.rule_id = rules.id AND c.deleted_at IS NULL`;

/** `version_of_id = id` marks the live row of a segment: older versions and drafts point to another row or to none. */
const segments = (tx: DatabaseSession, environmentId: number): Fragment => tx`
  SELECT s.id, s.name, s.feature_id AS "featureId"
  FROM public.segments_segment s
  WHERE s.project_id = (SELECT e.project_id FROM public.environments_environment e WHERE e.id = ${environmentId})
    AND s.deleted_at IS NULL AND s.version_of_id = s.id
    AND (s.feature_id IS NULL OR EXISTS (
      SELECT FROM public.features_featuresegment fseg
      WHERE fseg.segment_id = s.id AND fseg.environment_id = ${environmentId}))`;

/** UNION, not UNION ALL: it ends even where rules contain each other. */
const rules = (tx: DatabaseSession, environmentId: number): Fragment => tx`
  rules AS (
    SELECT r.id, r.type, r.segment_id, r.rule_id
    FROM (${segments(tx, environmentId)}) s
    JOIN public.segments_segmentrule r ON r.segment_id = s.id AND r.deleted_at IS NULL
    UNION
    SELECT r.id, r.type, r.segment_id, r.rule_id
    FROM rules
    JOIN public.segments_segmentrule r ON r.rule_id = rules.id AND r.deleted_at IS NULL
  )`;
