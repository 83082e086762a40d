import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from './attributeValue.js';

/** DynamoDB's limit for one item, attribute names included. */
export const MAX_ITEM_BYTES = 409_600;

/**
 * The item's size as DynamoDB counts it, by the rules of "DynamoDB item sizes and formats" in Amazon's developer guide:
 * names and strings in UTF-8, binaries raw, NULL and BOOL one byte, a number about one byte for two significant digits
 * and one more, a list or map three bytes and one for each element. Numbers are rounded up, never down.
 */
export function itemSizeBytes(item: DynamoItem): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueSizeBytes(value);
  return bytes;
}

/** The item's biggest attributes, a map's by their own names: what to look at when the item does not fit. */
export function biggestParts(item: DynamoItem, count = 3): { attribute: string; bytes: number }[] {
  return Object.entries(item)
    .flatMap(([name, value]) =>
      value.M
        ? Object.entries(value.M).map(([inner, part]) => sizeOf(`${name}.${inner}`, part))
        : sizeOf(name, value),
    )
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, count);
}

const sizeOf = (attribute: string, value: AttributeValue) => ({ attribute, bytes: valueSizeBytes(value) });

function valueSizeBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSizeBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
  if (value.L !== undefined)
    return value.L.reduce((bytes, element) => bytes + 1 + valueSizeBytes(element), 3);
  return 1;
}

function numberSizeBytes(text: string): number {
  const [mantissa = ''] = text.split(/e/i);
  const digits = mantissa.replace(/\D/g, '').replace(/^0+|0+$/g, '').length;
  const sign = text.startsWith('-') ? 1 : 0;
  return Math.ceil(digits / 2) + 1 + sign;
}
