import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Database } from '../../db/connect.js';
import type { DynamoItem } from '../../document/attributeValue.js';
import type { EnvironmentDocument } from '../../document/types.js';

/** What is to be seen of a feature in a document. */
export interface FeatureContent {
  name: string;
  hasValue: boolean;
  variants: number;
}

/** What each environment of the project ought to have: counted in the rows of features alone. */
export const expectedContents = (db: Database, projectId: number) => db<FeatureContent[]>`
  SELECT name, initial_value IS NOT NULL AS "hasValue", (
    SELECT count(*)::integer FROM public.multivariate_multivariatefeatureoption WHERE feature_id = feature.id
  ) AS variants
  FROM public.features_feature AS feature
  WHERE project_id = ${projectId} AND deleted_at IS NULL
  ORDER BY id`;

export const contentsOfDocument = ({ feature_states }: EnvironmentDocument): FeatureContent[] =>
  feature_states.map((state) => ({
    name: state.feature.name,
    hasValue: state.feature_state_value !== null,
    variants: state.multivariate_feature_state_values.length,
  }));

/** Of an item in the plain form, as DynamoDB gives it. */
export const contentsOfItem = (item: DynamoItem): FeatureContent[] =>
  (item['feature_states']?.L ?? []).map(({ M: state = {} }: AttributeValue) => ({
    name: state['feature']?.M?.['name']?.S ?? '',
    hasValue: state['feature_state_value'] !== undefined && state['feature_state_value'].NULL === undefined,
    variants: state['multivariate_feature_state_values']?.L?.length ?? 0,
  }));

/** In words, what is not there though it ought to be; empty for a complete document. */
export function whatLacks(found: FeatureContent[], expected: FeatureContent[]): string[] {
  return expected.flatMap(({ name, hasValue, variants }) => {
    const feature = found.find((candidate) => candidate.name === name);
    if (!feature) return [name];
    const lacking = [
      ...(hasValue && !feature.hasValue ? ['value'] : []),
      ...(feature.variants < variants ? [`${variants - feature.variants} of ${variants} variants`] : []),
    ];
    return lacking.length > 0 ? [`${name} (its ${lacking.join(' and ')})`] : [];
  });
}
