import { gunzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from './attributeValue.js';

/** What `JSON.stringify` makes an object of. */
export type JsonObject = Record<string, unknown>;

/** The item as Amazon's and Flagsmith's tools show it: every value with its type, binaries in base64. */
export const typedJson = (item: DynamoItem): JsonObject => mapValues(item, typedValue);

/** What readers find in the item: bare values, compressed parts unpacked. */
export const contentJson = (item: DynamoItem): JsonObject => mapValues(item, content);

function typedValue(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: Buffer.from(value.B).toString('base64') };
  if (value.L !== undefined) return { L: value.L.map(typedValue) };
  if (value.M !== undefined) return { M: typedJson(value.M) };
  return value;
}

function content(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.B !== undefined) return JSON.parse(gunzipSync(value.B).toString());
  if (value.L !== undefined) return value.L.map(content);
  if (value.M !== undefined) return contentJson(value.M);
  // Sets are left: no document has any.
  return null;
}

const mapValues = (item: DynamoItem, change: (value: AttributeValue) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, change(value)]));
