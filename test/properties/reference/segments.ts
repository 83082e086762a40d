import type { EnvironmentRow, RuleRow, SegmentRow, Tables } from '../tables.js';
import { featureStateObject, onePerFeature } from './featureStates.js';
import { microseconds, wholeNumber, type Branch, type Tree } from './tree.js';

export function segmentObjects(tables: Tables, environment: EnvironmentRow, now: string): Branch[] {
  const objects = [];
  for (const segment of [...tables.segments_segment].sort((a, b) => a.id - b.id)) {
    if (segment.project_id !== environment.project_id) continue;
    if (segment.deleted_at !== null) continue;
    if (segment.version_of_id !== segment.id) continue;
    const featureStates = overrides(tables, environment, segment, now);
    if (segment.feature_id !== null && featureStates.length === 0) continue;
    objects.push({
      id: wholeNumber(segment.id),
      name: segment.name,
      rules: rootRules(tables, segment),
      feature_states: featureStates,
    });
  }
  return objects;
}

function rootRules(tables: Tables, segment: SegmentRow): Tree[] {
  const rules = [];
  for (const rule of tables.segments_segmentrule) {
    if (rule.segment_id === segment.id && rule.deleted_at === null) rules.push(ruleObject(tables, rule));
  }
  return rules;
}

function ruleObject(tables: Tables, rule: RuleRow): Tree {
  const rules = [];
  for (const child of tables.segments_segmentrule) {
    if (child.rule_id === rule.id && child.deleted_at === null) rules.push(ruleObject(tables, child));
  }
  const conditions = [];
  for (const condition of tables.segments_condition) {
    if (condition.rule_id !== rule.id || condition.deleted_at !== null) continue;
    const { operator, value, property } = condition;
    conditions.push({ operator, value, property_: property });
  }
  return { type: rule.type, rules, conditions };
}

function overrides(tables: Tables, environment: EnvironmentRow, segment: SegmentRow, now: string): Branch[] {
  const latest = environment.use_v2_feature_versioning ? latestVersions(tables, environment, now) : [];
  const states = [];
  for (const row of [...tables.features_featuresegment].sort((a, b) => a.priority - b.priority)) {
    if (row.segment_id !== segment.id) continue;
    if (row.environment_id !== environment.id) continue;
    const version = row.environment_feature_version_id;
    if (latest.length > 0 && (version === null || !latest.includes(version))) continue;
    const candidates = tables.features_featurestate.filter(
      (state) => state.feature_segment_id === row.id && state.deleted_at === null,
    );
    states.push(...onePerFeature(tables, environment, candidates, now));
  }
  return states.map((state) => featureStateObject(tables, state));
}

/** Uuids of all versions that went live when the newest proper version of their feature did. */
export function latestVersions(tables: Tables, environment: EnvironmentRow, now: string): string[] {
  const ofEnvironment = tables.feature_versioning_environmentfeatureversion.filter(
    (version) => version.environment_id === environment.id,
  );
  const newest = new Map<number, number>();
  for (const version of ofEnvironment) {
    if (version.deleted_at !== null || version.published_at === null || version.live_from === null) continue;
    const liveFrom = microseconds(version.live_from);
    if (liveFrom > microseconds(now)) continue;
    newest.set(version.feature_id, Math.max(liveFrom, newest.get(version.feature_id) ?? -Infinity));
  }
  const latest = [];
  for (const version of ofEnvironment) {
    if (version.live_from === null) continue;
    if (microseconds(version.live_from) === newest.get(version.feature_id)) latest.push(version.uuid);
  }
  return latest;
}
