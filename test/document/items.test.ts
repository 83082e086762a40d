import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { buildDocument } from '../../src/document/buildDocument.js';
import { buildItems, chooseForm } from '../../src/document/items.js';
import { itemSizeBytes } from '../../src/document/itemSize.js';
import { numberText } from '../../src/document/numberText.js';
import type { EnvironmentRows } from '../../src/document/rows.js';
import { writtenItems } from '../../src/document/writtenItems.js';
import { exampleAllocation, exampleRows, exampleState } from './exampleRows.js';

const documentWith = (given: Partial<EnvironmentRows>) => buildDocument(exampleRows(given));
const inflated = (part: { B?: Uint8Array } | undefined): string => gunzipSync(part!.B!).toString();
const withValue = (value: object) => documentWith({ featureStates: [exampleState({ id: 1, ...value })] });

describe('numberText', () => {
  it('gives a float a point and the fewest digits that name it', () => {
    const texts = [30, 0, 100, 0.1, 33.333333333333336, 0.00001, 0.000001, 1e-7, 1.5e-10];
    assert.deepEqual(
      texts.map((value) => numberText('percentage_allocation', value)),
      ['30.0', '0.0', '100.0', '0.1', '33.333333333333336', '0.00001', '0.000001', '1E-7', '1.5E-10'],
    );
  });

  it('gives every other number no point', () => {
    assert.equal(numberText('priority', 30), '30');
    assert.equal(numberText('feature_state_value', -2147483648), '-2147483648');
  });
});

describe('the v2 item', () => {
  for (const compress of [false, true]) {
    it(`differs from the v1 item by its keys alone, ${compress ? 'compressed' : 'plain'}`, () => {
      const { v1, v2 } = buildItems(documentWith({}), { compress });
      const { api_key, ...rest } = v1;
      assert.deepEqual(v2, {
        ...rest,
        environment_api_key: api_key,
        environment_id: { S: '1' },
        document_key: { S: '_META' },
      });
    });
  }
});

describe('the compressed form', () => {
  it('is gzip of level 9 without a time, made on Unix', () => {
    const { v1 } = buildItems(documentWith({}), { compress: true });
    for (const part of [v1['project'], v1['feature_states']]) {
      assert.equal(Buffer.from(part!.B!).subarray(0, 10).toString('hex'), '1f8b0800000000000203');
    }
  });

  it('has its keys sorted at every level and no spaces', () => {
    const { v1 } = buildItems(withValue({ mvHashingSalt: 7 }), { compress: true });
    assert.equal(
      inflated(v1['feature_states']),
      '[{"django_id":7,"enabled":true,"feature":{"id":1,"name":"feature_1","type":"STANDARD"},"feature_segment":null,' +
        '"feature_state_value":"on","featurestate_uuid":"00000000-0000-4000-8000-000000000001",' +
        '"multivariate_feature_state_values":[]}]',
    );
  });

  it('escapes as Python does: all but printable ASCII, characters beyond the BMP as two escapes', () => {
    const { v1 } = buildItems(withValue({ stringValue: '"\\/\b\f\n\r\t\u0001\u007f<é\u2028😀' }), {
      compress: true,
    });
    const escaped = '"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f<\\u00e9\\u2028\\ud83d\\ude00"';
    assert.ok(inflated(v1['feature_states']).includes(`"feature_state_value":${escaped},`));
  });

  it('turns whole-number values into strings, and no other number', () => {
    const document = documentWith({
      featureStates: [exampleState({ id: 1, valueType: 'int', integerValue: 42 })],
      multivariateValues: [
        exampleAllocation({ id: 5, percentageAllocation: 30, valueType: 'int', integerValue: 20 }),
        exampleAllocation({ id: 6, percentageAllocation: 1e-7, valueType: 'bool', booleanValue: true }),
      ],
    });
    const json = inflated(buildItems(document, { compress: true }).v1['feature_states']);
    assert.ok(json.includes('"feature_state_value":"42"'));
    assert.ok(json.includes('{"id":5,"key":null,"value":"20"}'));
    assert.ok(json.includes('"percentage_allocation":30.0}'));
    assert.ok(json.includes('{"id":6,"key":null,"value":true}'));
    assert.ok(json.includes('"percentage_allocation":1E-7}'));
  });

  it('has no identity overrides and no entity selector', () => {
    const document = documentWith({ integrations: [{ kind: 'heap', apiKey: 'k', baseUrl: null }] });
    const plain = buildItems(document, { compress: false }).v1;
    const compressed = buildItems(document, { compress: true }).v1;
    assert.deepEqual(plain['identity_overrides'], { L: [] });
    assert.deepEqual(plain['heap_config'], {
      M: { api_key: { S: 'k' }, base_url: { NULL: true }, entity_selector: { NULL: true } },
    });
    assert.ok(!('identity_overrides' in compressed));
    assert.deepEqual(compressed['heap_config'], { M: { api_key: { S: 'k' }, base_url: { NULL: true } } });
  });

  it('refuses a text of more than 20,000 characters, a surrogate pair counting as one', () => {
    const longest = withValue({ stringValue: '😀'.repeat(20_000) });
    assert.ok(buildItems(longest, { compress: true }));
    const tooLong = withValue({ stringValue: 'x'.repeat(20_001) });
    assert.ok(buildItems(tooLong, { compress: false }));
    assert.throws(() => buildItems(tooLong, { compress: true }), {
      name: 'UnreadableDocumentError',
      table: 'features_featurestate',
      rowId: '00000000-0000-4000-8000-000000000001',
    });
  });
});

describe('chooseForm', () => {
  const document = withValue({ stringValue: 'x'.repeat(5_000) });
  const { v1, v2 } = buildItems(document, { compress: false });

  it('compresses always, never, or, in mode auto, what would not fit', () => {
    assert.equal(chooseForm(document, 'on').compressed, true);
    assert.equal(chooseForm(document, 'off', 1).compressed, false);
    assert.equal(chooseForm(document, 'auto').compressed, false);
    assert.equal(chooseForm(document, 'auto', 1_000).compressed, true);
  });

  it('compresses both items, in mode auto, if only the bigger one would not fit', () => {
    assert.ok(itemSizeBytes(v2) > itemSizeBytes(v1));
    assert.equal(chooseForm(document, 'auto', itemSizeBytes(v2)).compressed, false);
    const { compressed, v1: chosen } = chooseForm(document, 'auto', itemSizeBytes(v1));
    assert.equal(compressed, true);
    assert.ok(chosen['feature_states']?.B);
  });
});

describe('writtenItems', () => {
  const written = (enableDynamoDb: boolean, identityOverridesV2MigrationStatus: string) =>
    writtenItems({ ...exampleRows().project, enableDynamoDb, identityOverridesV2MigrationStatus });

  it('are both only where the project writes and its migration is complete or incomplete', () => {
    assert.deepEqual(written(true, 'COMPLETE'), { v1: true, v2: true });
    assert.deepEqual(written(true, 'INCOMPLETE'), { v1: true, v2: true });
    assert.deepEqual(written(true, 'IN_PROGRESS'), { v1: true, v2: false });
    assert.deepEqual(written(true, 'NOT_STARTED'), { v1: true, v2: false });
    assert.deepEqual(written(false, 'COMPLETE'), { v1: false, v2: false });
  });
});
