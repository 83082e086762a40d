import type { Secrets } from './secretColumns.js';

/** How a compressed document begins in base64; no search would find anything in it. */
const GZIP_IN_BASE64 = 'H4sI';

/** Where each secret is from that the texts hold. */
export function leaksInto(texts: string[], secrets: Secrets): string[] {
  const all = texts.join('\n');
  const found = [...secrets].filter(([secret]) => all.includes(secret)).map(([, from]) => from);
  return all.includes(GZIP_IN_BASE64) ? [...found, 'something compressed'] : found;
}

/** Every text in what Temporal gives: names, values, and what payloads carry, whatever it is encoded as. */
export function textsIn(value: unknown): string[] {
  if (value instanceof Uint8Array) return textsIn(parsed(Buffer.from(value).toString()));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
  return [String(value)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
