import assert from 'node:assert/strict';
import { buildDocument } from '../../src/document/buildDocument.js';
import { encodeDocument } from '../../src/document/encodeDocument.js';
import { itemSizeBytes } from '../../src/document/itemSize.js';
import { stampItem } from '../../src/dynamo/documentStore.js';
import { exampleRows, exampleState } from './exampleRows.js';

/** Digits of PostgreSQL's system identifiers and orders at their longest. */
const LONGEST_ORDER = { source: '18446744073709551615', order: 'x'.repeat(66) };

describe('encodeDocument', () => {
  const document = buildDocument(exampleRows({ featureStates: [exampleState({ id: 1 })] }));

  for (const mode of ['on', 'off'] as const) {
    it(`measures both items, under DOCUMENT_COMPRESSION=${mode}`, () => {
      const { v1, v2, v1Bytes, largestItemBytes, hash } = encodeDocument(document, mode);
      assert.ok(itemSizeBytes(v2) > itemSizeBytes(v1));
      assert.equal(v1Bytes, itemSizeBytes(v1));
      assert.equal(largestItemBytes, itemSizeBytes(v2) + 256);
      assert.ok(itemSizeBytes(stampItem(v2, LONGEST_ORDER, hash)) <= largestItemBytes);
    });
  }
});
