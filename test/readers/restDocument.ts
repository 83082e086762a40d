import { gunzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';

export interface Condition {
  operator: string;
  value: string | null;
  property_: string | null;
}

export interface Rule {
  type: string;
  rules: Rule[];
  conditions: Condition[];
}

export interface FeatureState {
  feature: { name: string };
  multivariate_feature_state_values: {
    percentage_allocation: number;
    multivariate_feature_option: { value: unknown };
  }[];
}

/** What tests look at in a document; the rest of it is there as well. */
export interface RestDocument {
  api_key: string;
  project: { segments: { name: string; rules: Rule[]; feature_states: FeatureState[] }[] };
  feature_states: FeatureState[];
}

/** The document as Flagsmith's REST API gives it to SDKs: the item without DynamoDB's types and without compression. */
export function restDocument(item: DynamoItem): RestDocument {
  const document = mapValues(item, plainValue) as unknown as RestDocument & { environment_api_key?: string };
  return document.environment_api_key === undefined
    ? document
    : { ...document, api_key: document.environment_api_key };
}

function plainValue({ S, N, BOOL, M, L, B }: AttributeValue): unknown {
  if (B !== undefined) return JSON.parse(gunzipSync(B).toString());
  if (M !== undefined) return mapValues(M, plainValue);
  if (L !== undefined) return L.map(plainValue);
  return N === undefined ? (S ?? BOOL ?? null) : Number(N);
}

const mapValues = (item: DynamoItem, map: (value: AttributeValue) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, map(value)]));
