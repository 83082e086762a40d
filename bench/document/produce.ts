import { performance } from 'node:perf_hooks';
import type { Database } from '../../src/db/connect.js';
import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { inSnapshot } from '../../src/db/snapshot.js';
import { buildDocument } from '../../src/document/buildDocument.js';
import { type EncodedDocument, encodeDocument } from '../../src/document/encodeDocument.js';

export type Form = 'compressed' | 'plain';

export interface Produced {
  encoded: EncodedDocument;
  readMs: number;
  buildMs: number;
  encodeMs: number;
}

/** What a write does up to the put: one snapshot, the rows, the document, both items with hash and sizes. */
export async function produceDocument(db: Database, environmentId: number, form: Form): Promise<Produced> {
  const startedAt = performance.now();
  const rows = await inSnapshot(db, (tx, { asOf }) => readEnvironmentRows(tx, environmentId, asOf));
  const readAt = performance.now();
  if (!rows) throw new Error(`There is no environment ${environmentId}.`);
  const document = buildDocument(rows);
  const builtAt = performance.now();
  const encoded = encodeDocument(document, form === 'compressed' ? 'on' : 'off');
  const encodedAt = performance.now();
  return {
    encoded,
    readMs: readAt - startedAt,
    buildMs: builtAt - readAt,
    encodeMs: encodedAt - builtAt,
  };
}
