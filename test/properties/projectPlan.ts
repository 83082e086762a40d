import fc from 'fast-check';
import { moments, texts, typedValue, updatedAt } from './values.js';

/**
 * A project in numbers: rows name each other by small numbers, taken modulo how many there are, so that a plan stays
 * one whatever is taken out of it. Small numbers meet often; with each, the simplest case comes first.
 */
export type ProjectPlan = typeof projectPlan extends fc.Arbitrary<infer Plan> ? Plan : never;
export type StatePlan = ProjectPlan['states'][number];
export type FeatureSegmentPlan = ProjectPlan['featureSegments'][number];
export type RulePlan = ReturnType<typeof rulePlan> extends fc.Arbitrary<infer Plan> ? Plan : never;

/** True in one of `n`. */
const oneIn = (n: number) => fc.constantFrom(...Array.from({ length: n - 1 }, () => false), true);
/** Mostly 0, so that states gather on few features. */
const pick = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);
const place = fc.nat({ max: 11 });

/** What would make the mapping fail, one kind in a project: on which rows, these say for themselves. */
const poison = fc.constantFrom(
  ...Array.from({ length: 20 }, () => 'none' as const),
  'subscription',
  'stateUuid',
  'stateUuid',
  'valueUuid',
  'valueUuid',
  'allocation',
  'allocation',
  'allocation',
  'operator',
  'operator',
  'ruleType',
  'ruleType',
  'featureType',
  'featureType',
  'length',
  'length',
  'length',
);

const organisation = fc.record({
  name: texts,
  featureAnalytics: fc.boolean(),
  stopServingFlags: fc.boolean(),
  persistTraitData: fc.boolean(),
  isDeleted: oneIn(8),
  isSubscriptionDeleted: oneIn(8),
});

const project = fc.record({
  name: texts,
  hideDisabledFlags: fc.boolean(),
  enableRealtimeUpdates: fc.boolean(),
  enableDynamoDb: fc.constantFrom(true, true, true, false),
  migrationStatus: fc.constantFrom('COMPLETE', 'INCOMPLETE', 'IN_PROGRESS', 'NOT_STARTED'),
  isDeleted: oneIn(8),
});

const integration = fc.record({
  kind: fc.constantFrom('amplitude', 'heap', 'mixpanel', 'rudderstack', 'segment', 'dynatrace', 'webhook'),
  credential: texts,
  url: fc.constantFrom(null, '', 'https://example.com/ü'),
  isDeleted: oneIn(3),
});

const environment = fc.record({
  name: texts,
  useV2Versioning: fc.boolean(),
  hideDisabledFlags: fc.constantFrom(null, false, true),
  allowClientTraits: fc.boolean(),
  hideSensitiveData: fc.boolean(),
  useMvV2Evaluation: fc.boolean(),
  useIdentityOverridesInLocalEval: fc.boolean(),
  isCreating: oneIn(4),
  isEvaluated: fc.boolean(),
  updatedAt,
  isDeleted: oneIn(12),
  /** Then it has no latest version. */
  hasOnlyDeletedVersions: oneIn(6),
  integrations: fc.uniqueArray(integration, { selector: ({ kind }) => kind, maxLength: 4 }),
});

const option = fc.record({ key: fc.option(texts, { freq: 2 }), value: typedValue });

const feature = fc.record({
  name: texts,
  type: fc.constantFrom('STANDARD', 'MULTIVARIATE'),
  isArchived: oneIn(5),
  isServerKeyOnly: oneIn(3),
  isDeleted: oneIn(6),
  isPoisoned: fc.boolean(),
  options: fc.array(option, { maxLength: 3 }),
});

const version = fc.record({
  environment: pick,
  feature: pick,
  liveFrom: moments,
  /** It has environment, feature and live_from of the version before it. */
  tiesWithPrevious: fc.boolean(),
  isPublished: fc.constantFrom(true, true, true, false),
  isDeleted: oneIn(3),
});

const condition = fc.record({
  operator: fc.constantFrom('EQUAL', 'IN', 'PERCENTAGE_SPLIT', 'IS_NOT_SET', 'LESS_THAN_INCLUSIVE'),
  property: fc.option(texts, { freq: 4 }),
  value: fc.option(texts, { freq: 4 }),
  isDeleted: oneIn(5),
  isPoisoned: fc.boolean(),
});

const ruleColumns = {
  type: fc.constantFrom('ALL', 'ANY', 'NONE'),
  isDeleted: oneIn(6),
  isPoisoned: oneIn(4),
  conditions: fc.array(condition, { maxLength: 2 }),
};

interface RuleShape {
  type: string;
  isDeleted: boolean;
  isPoisoned: boolean;
  conditions: (typeof condition extends fc.Arbitrary<infer Plan> ? Plan : never)[];
  rules: RuleShape[];
}

const rulePlan = (depth: number): fc.Arbitrary<RuleShape> =>
  fc.record({
    ...ruleColumns,
    rules: depth > 1 ? fc.array(rulePlan(depth - 1), { maxLength: 2 }) : fc.constant<RuleShape[]>([]),
  });

const segment = fc.record({
  name: texts,
  feature: fc.option(pick, { freq: 2 }),
  versionOf: fc.constantFrom(...Array.from({ length: 8 }, () => 'itself' as const), 'another', 'none'),
  isOfOtherProject: oneIn(12),
  isDeleted: oneIn(8),
  rules: fc.array(rulePlan(4), { maxLength: 2 }),
});

const featureSegment = fc.record({
  environment: pick,
  feature: pick,
  segment: pick,
  priority: fc.constantFrom(0, 0, 0, 2, 10),
  version: fc.option(fc.nat({ max: 7 }), { freq: 5 }),
  /** It takes environment and feature from any version, rather than a version of its own two. */
  followsVersion: fc.boolean(),
});

const state = fc.record({
  target: fc.constantFrom(
    'default',
    'default',
    'default',
    'override',
    'override',
    'override',
    'override',
    'identity',
  ),
  environment: pick,
  feature: pick,
  featureSegment: fc.nat({ max: 5 }),
  version: fc.constantFrom(1, 1, 2, 2, 3, 0, null),
  liveFrom: moments,
  featureVersion: fc.option(pick, { freq: 6 }),
  /** An override takes the version of its feature segment, rather than any of its feature. */
  isOfSameVersion: fc.constantFrom(true, true, true, false),
  /** An override of another feature, or a version of one. */
  isOfOtherFeature: oneIn(15),
  /** An override whose environment is not the one of its feature segment. */
  isOfOtherEnvironment: oneIn(8),
  isEnabled: fc.boolean(),
  salt: fc.constantFrom(null, null, 0, 12345),
  isDeleted: oneIn(6),
  isPoisoned: fc.boolean(),
  value: fc.option(typedValue, { freq: 6 }),
  isValueDeleted: oneIn(8),
  allocations: fc.nat({ max: 9 }),
  firstOption: place,
  hasOptionsOfOtherFeatures: oneIn(6),
});

export const projectPlan = fc.record({
  organisation,
  project,
  poison,
  /** Then no default has what fails. */
  isPoisonInOverrides: fc.boolean(),
  insertion: fc.constantFrom('ascending', 'descending', 'shuffled'),
  /** All that has a feature and a segment has the first: there all meets. */
  isGathered: fc.boolean(),
  environments: fc.array(environment, { minLength: 1, maxLength: 3 }),
  features: fc.array(feature, { minLength: 1, maxLength: 4 }),
  versions: fc.array(version, { maxLength: 8, size: 'max' }),
  segments: fc.array(segment, { maxLength: 3, size: 'max' }),
  featureSegments: fc.array(featureSegment, { maxLength: 6, size: 'max' }),
  states: fc.array(state, { maxLength: 24, size: 'max' }),
});
