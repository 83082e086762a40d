import { byId } from './byId.js';
import { UnreadableDocumentError } from './errors.js';
import { groupRows } from './groupRows.js';
import type { ConditionRow, EnvironmentRows, FeatureStateRow, SegmentRow, SegmentRuleRow } from './rows.js';
import type { FeatureState, Segment, SegmentCondition, SegmentRule } from './types.js';

const RULE_TYPES = new Set(['ALL', 'ANY', 'NONE']);
const OPERATORS = new Set([
  'EQUAL',
  'NOT_EQUAL',
  'GREATER_THAN',
  'LESS_THAN',
  'GREATER_THAN_INCLUSIVE',
  'LESS_THAN_INCLUSIVE',
  'CONTAINS',
  'NOT_CONTAINS',
  'REGEX',
  'PERCENTAGE_SPLIT',
  'MODULO',
  'IS_SET',
  'IS_NOT_SET',
  'IN',
]);

/** The project's segments with their overrides here; a feature-specific one is left out unless it has any. */
export function buildSegments(
  rows: Pick<EnvironmentRows, 'segments' | 'segmentRules' | 'conditions'>,
  overrides: Map<number, FeatureStateRow[]>,
  buildFeatureState: (row: FeatureStateRow) => FeatureState,
): Segment[] {
  const overridesOf = (segment: SegmentRow) => overrides.get(segment.id) ?? [];
  const buildRules = segmentRulesBuilder(rows.segmentRules, rows.conditions);
  return rows.segments
    .filter((segment) => segment.featureId === null || overridesOf(segment).length > 0)
    .sort(byId)
    .map((segment) => ({
      id: segment.id,
      name: segment.name,
      rules: buildRules(segment.id),
      feature_states: overridesOf(segment).map(buildFeatureState),
    }));
}

/** Gives the function that builds the rules of a segment, with all rules and conditions below them. */
function segmentRulesBuilder(
  rules: SegmentRuleRow[],
  conditions: ConditionRow[],
): (segmentId: number) => SegmentRule[] {
  const sortedRules = [...rules].sort(byId);
  const rulesBySegment = groupRows(sortedRules, (rule) => rule.segmentId);
  const rulesByRule = groupRows(sortedRules, (rule) => rule.ruleId);
  const conditionsByRule = groupRows([...conditions].sort(byId), (condition) => condition.ruleId);

  const buildRule = (rule: SegmentRuleRow, above: number[]): SegmentRule => {
    if (!RULE_TYPES.has(rule.type))
      throw new UnreadableDocumentError('segments_segmentrule', rule.id, 'type is not one that readers know');
    if (above.includes(rule.id))
      throw new UnreadableDocumentError('segments_segmentrule', rule.id, 'contains itself');
    return {
      type: rule.type,
      rules: (rulesByRule.get(rule.id) ?? []).map((child) => buildRule(child, [...above, rule.id])),
      conditions: (conditionsByRule.get(rule.id) ?? []).map(buildCondition),
    };
  };
  return (segmentId) => (rulesBySegment.get(segmentId) ?? []).map((rule) => buildRule(rule, []));
}

function buildCondition(row: ConditionRow): SegmentCondition {
  if (!OPERATORS.has(row.operator))
    throw new UnreadableDocumentError('segments_condition', row.id, 'operator is not one that readers know');
  return { operator: row.operator, value: row.value, property_: row.property };
}
