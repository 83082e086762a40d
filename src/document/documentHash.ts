import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from './attributeValue.js';
import { partContent } from './compressedJson.js';

/**
 * Equal for equal documents, sent or read back: DynamoDB gives `30` for `30.0`, and gzip's bytes depend on the build of
 * zlib, so numbers count by value and compressed parts by what is inside. The attribute `document_sync` does not count.
 */
export function documentHash(item: DynamoItem): string {
  const document = { ...item };
  // Our own attribute is about the document and not of it.
  delete document['document_sync'];
  return createHash('sha256').update(canonicalMap(document)).digest('hex');
}

function canonicalMap(map: DynamoItem): string {
  let text = '{';
  for (const name of Object.keys(map).sort()) {
    const value = map[name];
    if (value) text += `${quoted(name)}:${canonicalValue(value)},`;
  }
  return text + '}';
}

function canonicalList(list: AttributeValue[]): string {
  let text = '[';
  for (const value of list) text += `${canonicalValue(value)},`;
  return text + ']';
}

function canonicalValue(value: AttributeValue): string {
  if (value.S !== undefined) return quoted(value.S);
  if (value.N !== undefined) return String(Number(value.N));
  if (value.B !== undefined) return `B${quoted(content(value.B))}`;
  if (value.M !== undefined) return canonicalMap(value.M);
  if (value.L !== undefined) return canonicalList(value.L);
  if (value.BOOL !== undefined) return String(value.BOOL);
  if (value.NULL !== undefined) return 'null';
  // Sets: no document has any, but a foreign item might.
  return JSON.stringify(value);
}

/** What is no gzip, or a damaged one, stands for itself. */
function content(bytes: Uint8Array): string {
  try {
    return partContent(bytes);
  } catch {
    return Buffer.from(bytes).toString('base64');
  }
}

/** With its length in front, a text needs no escapes to be told from what comes after it. */
const quoted = (text: string): string => `${text.length}"${text}`;
