import assert from 'node:assert/strict';
import { biggestParts, itemSizeBytes } from '../../src/document/itemSize.js';

describe('itemSizeBytes', () => {
  it('counts names and strings in UTF-8, binaries raw, NULL and BOOL as one byte', () => {
    assert.equal(itemSizeBytes({ né: { S: '😀é' } }), 3 + 6);
    assert.equal(itemSizeBytes({ a: { B: new Uint8Array(5) } }), 1 + 5);
    assert.equal(itemSizeBytes({ a: { NULL: true }, b: { BOOL: false }, c: { S: '' } }), 2 + 2 + 1);
  });

  it('counts a byte for two significant digits of a number and one more, and one for a sign', () => {
    const size = (N: string) => itemSizeBytes({ '': { N } });
    assert.deepEqual(
      ['0', '0.0', '30.0', '100', '123', '1E-7', '33.333333333333336', '-42'].map(size),
      [1, 1, 2, 2, 3, 2, 10, 3],
    );
  });

  it('counts three bytes for a list or map and one for each element', () => {
    assert.equal(itemSizeBytes({ a: { L: [] } }), 1 + 3);
    assert.equal(itemSizeBytes({ a: { L: [{ S: 'xy' }, { NULL: true }] } }), 1 + 3 + (1 + 2) + (1 + 1));
    assert.equal(itemSizeBytes({ a: { M: { bc: { S: 'xy' } } } }), 1 + 3 + (1 + 2 + 2));
  });
});

describe('biggestParts', () => {
  it('names the biggest attributes, those of maps by themselves', () => {
    const item = {
      id: { N: '1' },
      feature_states: { L: [{ S: 'x'.repeat(50) }] },
      project: { M: { segments: { L: [{ S: 'x'.repeat(90) }] }, name: { S: 'x'.repeat(10) } } },
    };
    assert.deepEqual(biggestParts(item, 2), [
      { attribute: 'project.segments', bytes: 94 },
      { attribute: 'feature_states', bytes: 54 },
    ]);
  });
});
