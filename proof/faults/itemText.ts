import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { orderOf, SYNC_ATTRIBUTE } from '../../src/dynamo/unlessNewer.js';

/** An item as the SDK gives it, or as it is on the wire, where what is binary is base64. */
export type Item = Record<string, AttributeValue>;

/** What an item has besides its document, and differently in each table. */
const BESIDES = new Set([SYNC_ATTRIBUTE, 'environment_id', 'document_key', 'environment_api_key', 'api_key']);

/** The document that an item holds as a comparable text: the same of both tables, compressed or not. */
export function itemText(item: Item): string {
  const document = Object.entries(item)
    .filter(([name]) => !BESIDES.has(name))
    .map(([name, value]) => [name, comparable(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const text = JSON.stringify([keyOf(item), document]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The environment's key, which each table has under a name of its own. */
export const keyOf = (item: Item): string => (item['api_key'] ?? item['environment_api_key'])?.S ?? '';

export const orderText = (item: Item): string | null => orderOf(item)?.order ?? null;

function comparable(value: AttributeValue): unknown {
  if (value.B !== undefined)
    return gunzipSync(Buffer.from(value.B as Uint8Array | string as string, 'base64')).toString();
  if (value.L) return value.L.map(comparable);
  if (value.M)
    return Object.entries(value.M)
      .map(([name, inner]) => [name, comparable(inner)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1));
  return value;
}
