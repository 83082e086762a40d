/** Inputs and results of the creation workflows. */

export interface CreateEnvironmentInput {
  /** `projects_project.id`. */
  projectId: number;
  name: string;
  description?: string | null;
  /** False unless given, as in Flagsmith: whatever the project's other environments use. */
  useV2FeatureVersioning?: boolean;
}

export interface CloneEnvironmentInput {
  /** `environments_environment.id`. */
  sourceEnvironmentId: number;
  name: string;
  /** The source's unless given; `null` for none. */
  description?: string | null;
}

export interface CreatedEnvironment {
  environmentId: number;
}

export interface CreateFeatureInput {
  /** `projects_project.id`. */
  projectId: number;
  name: string;
  /** What its feature states start with; `42` and `true` become a number and a boolean, as in Flagsmith. */
  initialValue?: string | null;
  defaultEnabled?: boolean;
  isServerKeyOnly?: boolean;
  description?: string | null;
  /** With at least one the feature is multivariate. */
  multivariateOptions?: MultivariateOptionInput[];
}

export interface MultivariateOptionInput {
  value: string | number | boolean;
  /** Percentage, 0 to 100; all options of a feature together at most 100. */
  defaultPercentageAllocation: number;
  key?: string | null;
}

export interface CreatedFeature {
  featureId: number;
}

/** What is to be completed: of the one or the other. */
export type FinishSeedingInput = { environmentId: number } | { featureId: number };

export interface FinishedSeeding {
  /** What was made for it; what was there already is not among them. */
  featureStatesCount: number;
}

export interface SeedMissingInput {
  environmentIds: number[];
}

export interface SeededMissing {
  featureStatesCount: number;
  /** Those that got at least one. */
  environments: { environmentId: number; featureStatesCount: number }[];
}
