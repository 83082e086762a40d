import assert from 'node:assert/strict';
import { buildDocument } from '../../src/document/buildDocument.js';
import type { EnvironmentRows } from '../../src/document/rows.js';
import {
  exampleAllocation,
  exampleCondition,
  exampleOverride,
  exampleRows,
  exampleSegment,
  exampleState,
} from './exampleRows.js';

const build = (given: Partial<EnvironmentRows>) => buildDocument(exampleRows(given));

describe('buildDocument', () => {
  it('shows the microseconds of updated_at all six or, where they are zero, not at all', () => {
    const updatedAt = (text: string) =>
      build({ environment: { ...exampleRows().environment, updatedAt: text } }).updated_at;
    assert.equal(updatedAt('2026-01-31T12:00:00.000000'), '2026-01-31T12:00:00+00:00');
    assert.equal(updatedAt('2026-01-31T12:00:00.120000'), '2026-01-31T12:00:00.120000+00:00');
    assert.equal(updatedAt('2026-01-31T12:00:00.000001'), '2026-01-31T12:00:00.000001+00:00');
  });

  it('lists features by their first live state and server-key-only ones likewise', () => {
    const document = build({
      featureStates: [
        exampleState({ id: 9, featureId: 50, firstLiveId: 2, isServerKeyOnly: true }),
        exampleState({ id: 5, featureId: 70, firstLiveId: 5, isServerKeyOnly: true }),
        exampleState({ id: 8, featureId: 60, firstLiveId: 1, isServerKeyOnly: true }),
        exampleState({ id: 4, featureId: 40, firstLiveId: 4 }),
      ],
    });
    assert.deepEqual(
      document.feature_states.map((state) => state.feature.id),
      [60, 50, 40, 70],
    );
    assert.deepEqual(document.project.server_key_only_feature_ids, [60, 50, 70]);
  });

  it('takes the hashing salt for the id, unless it is 0 or null', () => {
    const states = [7, 0, null].map((mvHashingSalt, i) => exampleState({ id: i + 1, mvHashingSalt }));
    assert.deepEqual(
      build({ featureStates: states }).feature_states.map((state) => state.django_id),
      [7, 2, 3],
    );
  });

  it('takes the value from the column that its type names, whatever the others hold', () => {
    const leftovers = { booleanValue: false, integerValue: 0, stringValue: '' };
    const types = ['int', 'bool', 'unicode', null, 'float'];
    const states = types.map((valueType, i) => exampleState({ id: i + 1, ...leftovers, valueType }));
    assert.deepEqual(
      build({ featureStates: states }).feature_states.map((state) => state.feature_state_value),
      [0, false, '', '', ''],
    );
  });

  it('orders the overrides of a segment by priority, and builds equal documents of rows in any order', () => {
    const featureStates = [
      exampleOverride({ id: 3, priority: 1 }),
      exampleOverride({ id: 2, priority: 0 }),
      exampleOverride({ id: 1, priority: 1 }),
    ];
    const given = { segments: [exampleSegment({ id: 1 })], featureStates };
    const document = build(given);
    assert.deepEqual(
      document.project.segments[0]?.feature_states.map((state) => state.feature.id),
      [2, 1, 3],
    );
    assert.deepEqual(build({ ...given, featureStates: featureStates.toReversed() }), document);
  });

  it('leaves out a feature-specific segment without overrides, with whatever is wrong in its rules', () => {
    const document = build({
      segments: [
        exampleSegment({ id: 3, featureId: 1 }),
        exampleSegment({ id: 2 }),
        exampleSegment({ id: 1, featureId: 1 }),
      ],
      featureStates: [exampleOverride({ id: 1, segmentId: 1 })],
      segmentRules: [{ id: 1, type: 'SOME', segmentId: 3, ruleId: null }],
    });
    assert.deepEqual(
      document.project.segments.map((segment) => segment.id),
      [1, 2],
    );
  });

  it('accepts allocations that make 100 in decimals but more when added up in floats', () => {
    const allocations = [19.5, 64.8, 13.4, 0.4, 0.5, 1.4];
    assert.ok(allocations.reduce((sum, allocation) => sum + allocation) > 100);
    const multivariateValues = allocations.map((percentageAllocation, i) =>
      exampleAllocation({ id: i + 1, percentageAllocation }),
    );
    const [state] = build({ featureStates: [exampleState({ id: 1 })], multivariateValues }).feature_states;
    assert.equal(state?.multivariate_feature_state_values.length, allocations.length);
  });

  const oneState = { featureStates: [exampleState({ id: 1 })] };
  const oneSegment = { segments: [exampleSegment({ id: 1 })] };
  const oneRule = { ...oneSegment, segmentRules: [{ id: 1, type: 'ALL', segmentId: 1, ruleId: null }] };
  const refused: Record<string, [Partial<EnvironmentRows>, { table: string; rowId: number }]> = {
    'allocations above 100 in all': [
      {
        ...oneState,
        multivariateValues: [60, 40.1].map((percentageAllocation, i) =>
          exampleAllocation({ id: i + 1, percentageAllocation }),
        ),
      },
      { table: 'features_featurestate', rowId: 1 },
    ],
    'an allocation below 0': [
      { ...oneState, multivariateValues: [exampleAllocation({ id: 8, percentageAllocation: -0.1 })] },
      { table: 'multivariate_multivariatefeaturestatevalue', rowId: 8 },
    ],
    'an allocation that is no number': [
      { ...oneState, multivariateValues: [exampleAllocation({ id: 8, percentageAllocation: NaN })] },
      { table: 'multivariate_multivariatefeaturestatevalue', rowId: 8 },
    ],
    'a feature state whose uuid is of another version': [
      { featureStates: [exampleState({ id: 8, uuid: '00000000-0000-1000-8000-000000000001' })] },
      { table: 'features_featurestate', rowId: 8 },
    ],
    'a feature state whose uuid is of another variant': [
      { featureStates: [exampleState({ id: 8, uuid: '00000000-0000-4000-c000-000000000001' })] },
      { table: 'features_featurestate', rowId: 8 },
    ],
    'a multivariate value whose uuid is of another version': [
      {
        ...oneState,
        multivariateValues: [
          exampleAllocation({ id: 8, percentageAllocation: 1, uuid: '00000000-0000-7000-8000-000000000001' }),
        ],
      },
      { table: 'multivariate_multivariatefeaturestatevalue', rowId: 8 },
    ],
    'an unknown operator': [
      { ...oneRule, conditions: [exampleCondition({ id: 8, operator: 'ABOUT' })] },
      { table: 'segments_condition', rowId: 8 },
    ],
    'an unknown type of rule': [
      { ...oneSegment, segmentRules: [{ id: 8, type: 'SOME', segmentId: 1, ruleId: null }] },
      { table: 'segments_segmentrule', rowId: 8 },
    ],
    'an organisation without a subscription': [
      { organisation: { ...exampleRows().organisation, hasSubscription: false } },
      { table: 'organisations_organisation', rowId: 3 },
    ],
  };
  for (const [what, [given, where]] of Object.entries(refused)) {
    it(`refuses ${what}, naming the row`, () => {
      assert.throws(() => build(given), { name: 'UnreadableDocumentError', ...where });
    });
  }
});
