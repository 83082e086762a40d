import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { type Environment, liveFeatureStates, type State } from './postgres/state.js';

/** A document's content as one text; from rows, and from items, by ways that have no code in common with the product. */
export function contentOfRows(state: State, environment: Environment, nowMs: number): string {
  const states = liveFeatureStates(state, environment.id, nowMs).map(({ row }) =>
    stateText(
      row.featureId,
      row.enabled,
      row.value,
      row.optionIds.map((id) => `option${id}`),
    ),
  );
  return documentText(environment.name, environment.apiKey, states);
}

export function contentOfItem(item: DynamoItem): string {
  const apiKey = item['api_key'] ?? item['environment_api_key'];
  const states = (item['feature_states']?.L ?? []).map(({ M: state = {} }) =>
    stateText(
      Number(state['feature']?.M?.['id']?.N),
      state['enabled']?.BOOL ?? false,
      state['feature_state_value']?.S ?? null,
      (state['multivariate_feature_state_values']?.L ?? []).map(optionOf),
    ),
  );
  return documentText(item['name']?.S ?? '', apiKey?.S ?? '', states);
}

const optionOf = ({ M: value }: AttributeValue): string =>
  value?.['multivariate_feature_option']?.M?.['value']?.S ?? '';

const stateText = (featureId: number, enabled: boolean, value: string | null, options: string[]): string =>
  `${featureId}=${value ?? 'nothing'}${enabled ? ' on' : ''}${options.length > 0 ? `(${options.sort().join(' ')})` : ''}`;

const documentText = (name: string, apiKey: string, states: string[]): string =>
  `${name} ${apiKey} [${states.join(', ')}]`;
