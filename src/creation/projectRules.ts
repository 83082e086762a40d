import type { ProjectRules } from '../db/creation/features.js';
import type { FeatureInput } from './inputs.js';
import { invalidInput } from './invalidInput.js';

/** @throws {ApplicationFailure} `InvalidInput` if the project does not allow the feature. */
export function requireAllowed(
  feature: FeatureInput,
  rules: ProjectRules | undefined,
): asserts rules is ProjectRules {
  const { projectId, name } = feature;
  if (!rules) throw invalidInput('projectId', `there is no project ${projectId}`);
  if (rules.nameIsTaken) throw nameTaken();
  if (rules.onlyLowerCaseNames && name !== name.toLowerCase()) {
    throw invalidInput('name', 'the project allows lower-case feature names only');
  }
  if (rules.namePattern && !new RegExp(`^(?:${rules.namePattern})$`).test(name)) {
    throw invalidInput('name', `the project's feature names must match ${rules.namePattern}`);
  }
  if (rules.featuresCount >= rules.maxFeatures) {
    throw invalidInput('projectId', `the project has all the ${rules.maxFeatures} features it may have`);
  }
  if (rules.v2EnvironmentId !== null) {
    throw invalidInput(
      'projectId',
      `environment ${rules.v2EnvironmentId} of the project uses v2 feature versioning, which is not seeded yet`,
    );
  }
}

export const nameTaken = () =>
  invalidInput('name', 'the project has a feature of this name already, letter case aside');
