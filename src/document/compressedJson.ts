import { gunzipSync, gzipSync } from 'node:zlib';
import { numberText } from './numberText.js';

/** Attributes that hold a flag's value. In the compressed form their whole numbers are strings, and readers know it. */
const VALUE_ATTRIBUTES = new Set(['feature_state_value', 'value']);

/** A part of the document as the compressed form holds it: gzip of its JSON, for equal parts equal bytes. */
export function compressPart(part: object): Uint8Array {
  const json = compressedJson('', part);
  const bytes = gzipSync(json, { level: 9 });
  // The header's operating system: zlib puts the one it was built for, Flagsmith's is always Unix.
  bytes[9] = 3;
  contents.set(bytes, json);
  return bytes;
}

/**
 * The JSON in a compressed part.
 *
 * @throws what zlib throws at bytes that are no gzip, or a damaged one
 */
export const partContent = (bytes: Uint8Array): string => contents.get(bytes) ?? gunzipSync(bytes).toString();

/** What was compressed here a moment ago need not be taken apart again. */
const contents = new WeakMap<Uint8Array, string>();

/** As Python's `json.dumps(…, separators=(',', ':'), sort_keys=True)`. */
export function compressedJson(name: string, value: unknown): string {
  if (typeof value === 'string') return asciiString(value);
  if (typeof value === 'number') {
    return VALUE_ATTRIBUTES.has(name) ? asciiString(String(value)) : numberText(name, value);
  }
  if (Array.isArray(value)) return `[${value.map((element) => compressedJson(name, element)).join(',')}]`;
  if (typeof value === 'object' && value !== null) return `{${members(value)}}`;
  return String(value);
}

function members(object: object): string {
  const values = object as Record<string, unknown>;
  let json = '';
  for (const name of Object.keys(object).sort())
    json += `${json && ','}"${name}":${compressedJson(name, values[name])}`;
  return json;
}

/** Outside of printable ASCII every UTF-16 unit is an escape of its own; JSON.stringify has done those below. */
function asciiString(text: string): string {
  // Most texts need no escape, and are the most of a document.
  if (PLAIN_TEXT.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Printable ASCII but the quotation mark and the backslash. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;
