import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { numberText } from './numberText.js';

export type DynamoItem = Record<string, AttributeValue>;

/** The attributes of an object of the document; what is null is there, as NULL. */
export function toAttributes(object: object): DynamoItem {
  const attributes: DynamoItem = {};
  for (const [name, value] of Object.entries(object)) attributes[name] = toAttributeValue(name, value);
  return attributes;
}

function toAttributeValue(name: string, value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: numberText(name, value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map((element) => toAttributeValue(name, element)) };
  if (typeof value === 'object' && value !== null) return { M: toAttributes(value) };
  return { NULL: true };
}
