/**
 * What PostgreSQL holds for one environment's document: Flagsmith's columns, in camelCase, of one snapshot. Only rows
 * that are live at that moment are among them.
 */
export interface EnvironmentRows {
  environment: EnvironmentRow;
  project: ProjectRow;
  organisation: OrganisationRow;
  /** Of each feature the live environment default; of each segment override here the live state. */
  featureStates: FeatureStateRow[];
  /** Of the feature states above. */
  multivariateValues: MultivariateValueRow[];
  segments: SegmentRow[];
  /** All rules below the segments above, to any depth. */
  segmentRules: SegmentRuleRow[];
  /** All conditions of the rules above. */
  conditions: ConditionRow[];
  /** At most one of each kind. */
  integrations: IntegrationRow[];
}

/** `environments_environment` */
export interface EnvironmentRow {
  id: number;
  apiKey: string;
  name: string;
  /** UTC with six fraction digits and no zone: `2026-01-31T12:00:00.123456`. */
  updatedAt: string;
  allowClientTraits: boolean;
  hideSensitiveData: boolean;
  hideDisabledFlags: boolean | null;
  useMvV2Evaluation: boolean;
  useIdentityOverridesInLocalEval: boolean;
  /** `first_evaluated_at` is set. */
  isEvaluated: boolean;
}

/** `projects_project` */
export interface ProjectRow {
  id: number;
  name: string;
  hideDisabledFlags: boolean;
  enableRealtimeUpdates: boolean;
  enableDynamoDb: boolean;
  identityOverridesV2MigrationStatus: string;
}

/** `organisations_organisation` */
export interface OrganisationRow {
  id: number;
  name: string;
  featureAnalytics: boolean;
  stopServingFlags: boolean;
  persistTraitData: boolean;
  /** There is a row in `organisations_subscription`. */
  hasSubscription: boolean;
}

/** The columns of a typed value, as feature state values and multivariate options have them. */
export interface ValueColumns {
  valueType: string | null;
  booleanValue: boolean | null;
  integerValue: number | null;
  stringValue: string | null;
}

/** `features_featurestate` with its feature, its value and, for a segment override, its feature segment */
export interface FeatureStateRow extends ValueColumns {
  id: number;
  uuid: string;
  enabled: boolean;
  mvHashingSalt: number | null;
  featureId: number;
  featureName: string;
  featureType: string;
  isServerKeyOnly: boolean;
  /** The lowest id among the live states that this one was chosen from. */
  firstLiveId: number;
  /** The feature segment of a segment override; all three are null in an environment default. */
  featureSegmentId: number | null;
  segmentId: number | null;
  priority: number | null;
}

/** `multivariate_multivariatefeaturestatevalue` with its option */
export interface MultivariateValueRow extends ValueColumns {
  id: number;
  uuid: string;
  featureStateId: number;
  percentageAllocation: number;
  optionId: number;
  optionKey: string | null;
}

/** `segments_segment` */
export interface SegmentRow {
  id: number;
  name: string;
  /** Set in a feature-specific segment. */
  featureId: number | null;
}

/** `segments_segmentrule`; hangs on a segment or on another rule */
export interface SegmentRuleRow {
  id: number;
  type: string;
  segmentId: number | null;
  ruleId: number | null;
}

/** `segments_condition` */
export interface ConditionRow {
  id: number;
  ruleId: number;
  operator: string;
  value: string | null;
  property: string | null;
}

/** A row of one of the integration tables; `webhook_webhookconfiguration` has a secret in place of the api key. */
export type IntegrationRow =
  | {
      kind: 'amplitude' | 'heap' | 'mixpanel' | 'rudderstack' | 'segment';
      apiKey: string;
      baseUrl: string | null;
    }
  | { kind: 'webhook'; url: string; secret: string };
