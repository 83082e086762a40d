import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { Gzipped, NumberText, type Branch, type Tree } from './reference/tree.js';

/** An item of DynamoDB, with its numbers as they are written and its compressed parts unpacked. */
export const decodeItem = (item: object): Branch =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, decode(value as object)]));

function decode(attribute: object): Tree {
  const [[type, value], ...others] = Object.entries(attribute) as [[string, unknown], ...unknown[]];
  assert.equal(others.length, 0, 'an attribute has one type');
  switch (type) {
    case 'S':
      return value as string;
    case 'N':
      return new NumberText(value as string);
    case 'BOOL':
      return value as boolean;
    case 'NULL':
      return null;
    case 'L':
      return (value as object[]).map(decode);
    case 'M':
      return decodeItem(value as object);
    case 'B':
      return unpack(
        typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.from(value as Uint8Array),
      );
    default:
      throw new Error(`no attribute of a document has the type ${type}`);
  }
}

const GZIP_HEADER = '1f8b0800000000000203';

function unpack(bytes: Buffer): Gzipped {
  assert.equal(bytes.subarray(0, 10).toString('hex'), GZIP_HEADER);
  const json = gunzipSync(bytes).toString();
  const content = parseJson(json);
  assert.equal(json, canonicalJson(content), 'compressed JSON is compact, sorted and escaped');
  return new Gzipped(content);
}

/** Keeps the text of numbers, which JSON.parse would lose. */
function parseJson(json: string): Tree {
  const marked = json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : `{"#":"${token}"}`,
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'object' && value !== null && '#' in value
      ? new NumberText(value['#'] as string)
      : value,
  ) as Tree;
}

/** As Python's `json.dumps(…, separators=(',', ':'), sort_keys=True)`. */
export function canonicalJson(tree: Tree): string {
  if (tree instanceof NumberText) return tree.text;
  if (tree instanceof Gzipped) return canonicalJson(tree.content);
  if (typeof tree === 'string') return escaped(tree);
  if (Array.isArray(tree)) return `[${tree.map(canonicalJson).join(',')}]`;
  if (tree === null || typeof tree === 'boolean') return String(tree);
  const members = Object.keys(tree)
    .sort()
    .map((name) => `${escaped(name)}:${canonicalJson(tree[name]!)}`);
  return `{${members.join(',')}}`;
}

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

function escaped(text: string): string {
  let json = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charAt(i);
    const code = text.charCodeAt(i);
    const isPlain = code >= 0x20 && code <= 0x7e;
    json += ESCAPES[unit] ?? (isPlain ? unit : `\\u${code.toString(16).padStart(4, '0')}`);
  }
  return `"${json}"`;
}
