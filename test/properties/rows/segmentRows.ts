import type { FeatureSegmentPlan, ProjectPlan, RulePlan } from '../projectPlan.js';
import type { Tables } from '../tables.js';
import { deletedAt, FIRST, OTHER_PROJECT, pick, versionOf } from './columns.js';

export function addSegments({ segments, poison }: ProjectPlan, tables: Tables): void {
  segments.forEach((segment, i) => {
    const id = FIRST.segment + i;
    const feature = segment.feature === null ? undefined : pick(tables.features_feature, segment.feature);
    const versionOf = { itself: id, another: FIRST.segment + ((i + 1) % segments.length), none: null };
    tables.segments_segment.push({
      id,
      name: segment.name,
      project_id: segment.isOfOtherProject ? OTHER_PROJECT : FIRST.project,
      feature_id: feature?.id ?? null,
      version_of_id: versionOf[segment.versionOf],
      deleted_at: deletedAt(segment),
    });
    for (const rule of segment.rules) addRule(rule, { segment_id: id, rule_id: null }, poison, tables);
  });
}

function addRule(
  rule: RulePlan,
  parent: { segment_id: number | null; rule_id: number | null },
  poison: ProjectPlan['poison'],
  tables: Tables,
): void {
  const id = FIRST.rule + tables.segments_segmentrule.length;
  tables.segments_segmentrule.push({
    id,
    ...parent,
    type: poison === 'ruleType' && rule.isPoisoned ? 'SOME' : rule.type,
    deleted_at: deletedAt(rule),
  });
  for (const condition of rule.conditions)
    tables.segments_condition.push({
      id: FIRST.condition + tables.segments_condition.length,
      operator: poison === 'operator' && condition.isPoisoned ? 'ABOUT' : condition.operator,
      property: condition.property,
      value: condition.value,
      rule_id: id,
      deleted_at: deletedAt(condition),
    });
  for (const child of rule.rules) addRule(child, { segment_id: null, rule_id: id }, poison, tables);
}

export function addFeatureSegments({ featureSegments }: ProjectPlan, tables: Tables): void {
  const taken = new Set<string>();
  featureSegments.forEach((plan, i) => {
    const segment = pick(tables.segments_segment, plan.segment);
    if (!segment) return;
    const { environmentId, featureId, version } = placeOf(plan, tables);
    // Unique in Flagsmith, but for those without a version.
    const columns = `${segment.id} ${environmentId} ${featureId} ${version?.uuid ?? i}`;
    if (taken.has(columns)) return;
    taken.add(columns);
    tables.features_featuresegment.push({
      id: FIRST.featureSegment + i,
      priority: plan.priority,
      feature_id: featureId,
      segment_id: segment.id,
      environment_id: environmentId,
      environment_feature_version_id: version?.uuid ?? null,
    });
  });
}

function placeOf(plan: FeatureSegmentPlan, tables: Tables) {
  const versions = tables.feature_versioning_environmentfeatureversion;
  const followed = plan.followsVersion && plan.version !== null ? pick(versions, plan.version) : undefined;
  if (followed)
    return { environmentId: followed.environment_id, featureId: followed.feature_id, version: followed };
  const environment = pick(tables.environments_environment, plan.environment)!;
  const feature = pick(tables.features_feature, plan.feature)!;
  const version = versionOf(tables, environment.id, feature, plan.version);
  return { environmentId: environment.id, featureId: feature.id, version };
}
