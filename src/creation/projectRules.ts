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
  if (rules.isInserted) return;
  if (rules.nameIsTaken) throw nameTaken();
  if (rules.onlyLowerCaseNames && name !== name.toLowerCase()) {
    throw invalidInput('name', 'the project allows lower-case feature names only');
  }
  if (rules.namePattern && !matches(name, rules.namePattern)) {
    throw invalidInput('name', `the project's feature names must match ${rules.namePattern}`);
  }
  if (rules.featuresCount >= rules.maxFeatures) {
    throw invalidInput('projectId', `the project has all the ${rules.maxFeatures} features it may have`);
  }
}

/** The pattern is one of Python's: of what only Python knows no name can be said to match. */
function matches(name: string, pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidInput('name', `the project's pattern for feature names cannot be checked here: ${pattern}`);
  }
}

export const nameTaken = () =>
  invalidInput('name', 'the project has a feature of this name already, letter case aside');
