import { UnreadableDocumentError } from './errors.js';
import type { EnvironmentDocument, FeatureState, FeatureValue } from './types.js';

const FEATURE_TYPES = new Set(['STANDARD', 'MULTIVARIATE']);
const MAX_VALUE_CHARACTERS = 20_000;

/** Readers of the compressed form are stricter: they know two types of features and limit texts. */
export function refuseUnreadableCompressed({ feature_states, project }: EnvironmentDocument): void {
  feature_states.forEach(refuseUnreadable);
  for (const segment of project.segments) segment.feature_states.forEach(refuseUnreadable);
}

function refuseUnreadable(state: FeatureState): void {
  if (!FEATURE_TYPES.has(state.feature.type))
    throw new UnreadableDocumentError(
      'features_feature',
      state.feature.id,
      'type is neither STANDARD nor MULTIVARIATE',
    );
  if (isTooLong(state.feature_state_value))
    throw new UnreadableDocumentError('features_featurestate', state.featurestate_uuid, tooLong);
  for (const { multivariate_feature_option: option } of state.multivariate_feature_state_values) {
    if (isTooLong(option.value))
      throw new UnreadableDocumentError('multivariate_multivariatefeatureoption', option.id, tooLong);
  }
}

const tooLong = `value is longer than ${MAX_VALUE_CHARACTERS} characters`;

/** Characters as Python counts them: a surrogate pair is one. Only texts that may be too long are taken apart. */
const isTooLong = (value: FeatureValue): boolean =>
  typeof value === 'string' &&
  value.length > MAX_VALUE_CHARACTERS &&
  Array.from(value).length > MAX_VALUE_CHARACTERS;
