import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from './attributeValue.js';

/** The attribute that is about the document and not of it. */
const SYNC_ATTRIBUTE = 'document_sync';

/**
 * Equal for equal documents, sent or read back: DynamoDB gives `30` for `30.0`, and gzip's bytes depend on the build of
 * zlib, so numbers count by value and compressed parts by what is inside. The attribute `document_sync` does not count.
 */
export function documentHash(item: DynamoItem): string {
  const attributes = Object.entries(item).filter(([name]) => name !== SYNC_ATTRIBUTE);
  return createHash('sha256')
    .update(canonicalMap(Object.fromEntries(attributes)))
    .digest('hex');
}

function canonicalMap(map: DynamoItem): string {
  let text = '';
  for (const [name, value] of Object.entries(map).sort(byName))
    text += `${JSON.stringify(name)}:${canonicalValue(value)},`;
  return `{${text}}`;
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

function canonicalValue(value: AttributeValue): string {
  if (value.S !== undefined) return JSON.stringify(value.S);
  if (value.N !== undefined) return String(Number(value.N));
  if (value.B !== undefined) return `B${JSON.stringify(content(value.B))}`;
  if (value.M !== undefined) return canonicalMap(value.M);
  if (value.L !== undefined) return `[${value.L.map(canonicalValue).join(',')}]`;
  if (value.BOOL !== undefined) return String(value.BOOL);
  if (value.NULL !== undefined) return 'null';
  // Sets: no document has any, but a foreign item might.
  return JSON.stringify(value);
}

/** What is no gzip, or a damaged one, stands for itself. */
function content(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes).toString();
  } catch {
    return Buffer.from(bytes).toString('base64');
  }
}
