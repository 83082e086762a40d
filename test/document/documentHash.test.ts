import assert from 'node:assert/strict';
import { gzipSync, gunzipSync } from 'node:zlib';
import { buildDocument } from '../../src/document/buildDocument.js';
import { documentHash } from '../../src/document/documentHash.js';
import { buildItems } from '../../src/document/items.js';
import { exampleAllocation, exampleRows, exampleState } from './exampleRows.js';

const document = buildDocument(
  exampleRows({
    featureStates: [exampleState({ id: 1 })],
    multivariateValues: [exampleAllocation({ id: 1, percentageAllocation: 30 })],
  }),
);
const { v1: plain } = buildItems(document, { compress: false });
const { v1: compressed } = buildItems(document, { compress: true });

describe('documentHash', () => {
  it('is the same for numbers as sent and as DynamoDB gives them back', () => {
    const sent = { a: { L: [{ N: '30.0' }, { N: '0.0' }, { N: '1E-7' }, { N: '0.00001' }] } };
    const readBack = { a: { L: [{ N: '30' }, { N: '0' }, { N: '0.0000001' }, { N: '0.00001' }] } };
    assert.equal(documentHash(sent), documentHash(readBack));
  });

  it('is the same whatever build of zlib compressed the item', () => {
    const recompressed = gzipSync(gunzipSync(compressed['feature_states']!.B!), { level: 1 });
    assert.notDeepEqual(recompressed, compressed['feature_states']!.B);
    assert.equal(
      documentHash({ ...compressed, feature_states: { B: recompressed } }),
      documentHash(compressed),
    );
  });

  it('is the same with the attributes in another order and with document_sync', () => {
    const reversed = Object.fromEntries(Object.entries(plain).reverse());
    assert.equal(
      documentHash({ document_sync: { M: { order: { S: '1' } } }, ...reversed }),
      documentHash(plain),
    );
  });

  it('differs for any other value, and for a value of another type', () => {
    const variants = [
      { a: { S: '1' } },
      { a: { N: '1' } },
      { a: { BOOL: true } },
      { a: { S: 'true' } },
      { a: { NULL: true } },
      { a: { S: 'null' } },
      { a: { L: [] } },
      { a: { M: {} } },
      { a: { L: [{ N: '1' }] } },
      { b: { N: '1' } },
      { a: { B: gzipSync('1') } },
      { a: { B: new Uint8Array([1]) } },
      { a: { L: [{ N: '1' }, { N: '2' }] } },
      { a: { L: [{ N: '2' }, { N: '1' }] } },
      {},
    ];
    assert.equal(new Set(variants.map(documentHash)).size, variants.length);
  });

  it('is taken of an item whose binary is no whole gzip, too', () => {
    const damaged = gzipSync('[]').subarray(0, 12);
    assert.notEqual(documentHash({ a: { B: damaged } }), documentHash({ a: { B: gzipSync('[]') } }));
  });
});
