import type {
  ConditionRow,
  EnvironmentRows,
  FeatureStateRow,
  MultivariateValueRow,
  SegmentRow,
} from '../../src/document/rows.js';

/** An environment with nothing in it, apart from what is given. */
export const exampleRows = (given: Partial<EnvironmentRows> = {}): EnvironmentRows => ({
  environment: {
    id: 1,
    apiKey: 'example-key',
    name: 'Production',
    updatedAt: '2026-01-31T12:00:00.000000',
    allowClientTraits: true,
    hideSensitiveData: false,
    hideDisabledFlags: null,
    useMvV2Evaluation: true,
    useIdentityOverridesInLocalEval: false,
    isEvaluated: true,
  },
  project: {
    id: 2,
    name: 'Shop',
    hideDisabledFlags: false,
    enableRealtimeUpdates: false,
    enableDynamoDb: true,
    identityOverridesV2MigrationStatus: 'COMPLETE',
  },
  organisation: {
    id: 3,
    name: 'Acme',
    featureAnalytics: false,
    stopServingFlags: false,
    persistTraitData: true,
    hasSubscription: true,
  },
  featureStates: [],
  multivariateValues: [],
  segments: [],
  segmentRules: [],
  conditions: [],
  integrations: [],
  ...given,
});

/** An environment default of a feature of its own. */
export const exampleState = (given: Partial<FeatureStateRow> & { id: number }): FeatureStateRow => ({
  uuid: exampleUuid(given.id),
  enabled: true,
  mvHashingSalt: null,
  featureId: given.id,
  featureName: `feature_${given.id}`,
  featureType: 'STANDARD',
  isServerKeyOnly: false,
  firstLiveId: given.id,
  featureSegmentId: null,
  segmentId: null,
  priority: null,
  valueType: 'unicode',
  booleanValue: null,
  integerValue: null,
  stringValue: 'on',
  ...given,
});

export const exampleOverride = (given: Partial<FeatureStateRow> & { id: number }): FeatureStateRow =>
  exampleState({ featureSegmentId: given.id, segmentId: 1, priority: 0, ...given });

export const exampleAllocation = (
  given: Partial<MultivariateValueRow> & { id: number; percentageAllocation: number },
): MultivariateValueRow => ({
  uuid: exampleUuid(given.id),
  featureStateId: 1,
  optionId: given.id,
  optionKey: null,
  valueType: 'unicode',
  booleanValue: null,
  integerValue: null,
  stringValue: 'red',
  ...given,
});

export const exampleSegment = (given: Partial<SegmentRow> & { id: number }): SegmentRow => ({
  name: 'beta testers',
  featureId: null,
  ...given,
});

export const exampleCondition = (given: Partial<ConditionRow> & { id: number }): ConditionRow => ({
  ruleId: 1,
  operator: 'EQUAL',
  value: 'nl',
  property: 'country',
  ...given,
});

const exampleUuid = (id: number): string => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
