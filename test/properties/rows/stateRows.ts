import type { ProjectPlan, StatePlan } from '../projectPlan.js';
import type { FeatureRow, Tables } from '../tables.js';
import { ALLOCATIONS, BAD_ALLOCATIONS } from '../values.js';
import { DELETED_AT, deletedAt, FIRST, pick, typedValue, uuid, versionOf } from './columns.js';

export function addState(project: ProjectPlan, tables: Tables, number: number): void {
  const plan = project.states[number]!;
  const isSpared = project.isPoisonInOverrides && plan.target !== 'override';
  const poison = isSpared ? 'none' : project.poison;
  const id = FIRST.state + number;
  const { environmentId, feature, featureSegmentId, versionUuid } = ownersOf(plan, tables);
  tables.features_featurestate.push({
    id,
    uuid: uuid(2, number, poison === 'stateUuid' && plan.isPoisoned ? 1 : 4),
    enabled: plan.isEnabled,
    environment_id: environmentId,
    feature_id: feature.id,
    identity_id: plan.target === 'identity' ? FIRST.identity : null,
    feature_segment_id: featureSegmentId,
    environment_feature_version_id: versionUuid,
    live_from: plan.liveFrom,
    version: plan.version,
    mv_hashing_salt: plan.salt === null || plan.salt === 0 ? plan.salt : plan.salt + number,
    deleted_at: deletedAt(plan),
  });
  if (plan.value)
    tables.features_featurestatevalue.push({
      id: FIRST.value + number,
      feature_state_id: id,
      deleted_at: plan.isValueDeleted ? DELETED_AT : null,
      ...typedValue(plan.value, poison === 'length' && plan.isPoisoned),
    });
  addMultivariateValues(plan, poison, id, feature, tables);
}

function ownersOf(plan: StatePlan, tables: Tables) {
  const environment = pick(tables.environments_environment, plan.environment)!;
  const own = pick(tables.features_feature, plan.feature)!;
  const featureSegment =
    plan.target === 'override' ? pick(tables.features_featuresegment, plan.featureSegment) : undefined;
  if (!featureSegment) {
    const other = pick(tables.features_feature, plan.feature + (plan.isOfOtherFeature ? 1 : 0))!;
    const version = versionOf(tables, environment.id, other, plan.featureVersion);
    return {
      environmentId: environment.id,
      feature: own,
      featureSegmentId: null,
      versionUuid: version?.uuid ?? null,
    };
  }
  const environments = tables.environments_environment;
  const overridden = environments.find(({ id }) => id === featureSegment.environment_id)!;
  const next = pick(environments, environments.indexOf(overridden) + 1)!;
  // Where the two differ in versioning, which of them counts is nobody's promise.
  const isElsewhere =
    plan.isOfOtherEnvironment && next.use_v2_feature_versioning === overridden.use_v2_feature_versioning;
  const feature = tables.features_feature.find(({ id }) => id === featureSegment.feature_id)!;
  const anyVersion = versionOf(tables, overridden.id, feature, plan.featureVersion)?.uuid ?? null;
  return {
    environmentId: (isElsewhere ? next : overridden).id,
    feature: plan.isOfOtherFeature ? own : feature,
    featureSegmentId: featureSegment.id,
    versionUuid: plan.isOfSameVersion ? featureSegment.environment_feature_version_id : anyVersion,
  };
}

function addMultivariateValues(
  plan: StatePlan,
  poison: ProjectPlan['poison'],
  stateId: number,
  feature: FeatureRow,
  tables: Tables,
): void {
  const options = tables.multivariate_multivariatefeatureoption.filter(
    (option) => plan.hasOptionsOfOtherFeatures || option.feature_id === feature.id,
  );
  const isBad = poison === 'allocation' && plan.isPoisoned;
  const allocations = pick<number[]>(isBad ? BAD_ALLOCATIONS : ALLOCATIONS, plan.allocations)!;
  const values = tables.multivariate_multivariatefeaturestatevalue;
  allocations.slice(0, options.length).forEach((percentage, i) => {
    const number = values.length;
    values.push({
      id: FIRST.multivariateValue + number,
      uuid: uuid(3, number, poison === 'valueUuid' && plan.isPoisoned ? 7 : 4),
      percentage_allocation: percentage,
      feature_state_id: stateId,
      multivariate_feature_option_id: pick(options, plan.firstOption + i)!.id,
    });
  });
}
