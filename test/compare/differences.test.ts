import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { contentOf } from '../../src/compare/content.js';
import { differencesOf } from '../../src/compare/differences.js';
import { type DynamoItem, toAttributes } from '../../src/document/attributeValue.js';

const state = (id: number, name: string, more: object = {}) => ({
  django_id: id,
  enabled: true,
  feature: { id, name, type: 'STANDARD' },
  feature_segment: null,
  feature_state_value: 'red',
  multivariate_feature_state_values: [],
  ...more,
});
const override = (id: number, name: string, priority: number) =>
  state(id, name, { feature_segment: { priority } });
const condition = (property_: string, value: string) => ({ operator: 'EQUAL', property_, value });
const rule = (...conditions: object[]) => ({ type: 'ALL', rules: [], conditions });
const segment = (rules: object[], feature_states: object[] = [], id = 3) => ({
  id,
  name: 'beta',
  rules,
  feature_states,
});
const project = (segments: object[], more: object = {}) => ({
  id: 7,
  segments,
  server_key_only_feature_ids: [],
  ...more,
});

type Parts = Record<string, unknown>;
const plain = (parts: Parts): DynamoItem => toAttributes({ id: 1, identity_overrides: [], ...parts });
const compressed = ({ project, feature_states, ...parts }: Parts): DynamoItem => ({
  ...toAttributes({ id: 1, ...parts }),
  compressed: { BOOL: true },
  ...(project !== undefined && { project: { B: gzipSync(JSON.stringify(project)) } }),
  ...(feature_states !== undefined && { feature_states: { B: gzipSync(JSON.stringify(feature_states)) } }),
});

const differences = (flagsmith: DynamoItem, ours: DynamoItem) =>
  differencesOf(contentOf(flagsmith), contentOf(ours)).map(
    ({ steps, kind }) => `${steps.join('.').replaceAll('.[', '[')} ${kind}`,
  );
const plainDifferences = (flagsmith: Parts, ours: Parts) => differences(plain(flagsmith), plain(ours));

describe('differencesOf', () => {
  it('names the attribute, its feature and its segment', () => {
    const flagsmith = {
      name: 'a',
      feature_states: [state(1, 'checkout'), state(2, 'banner')],
      project: project([segment([rule(condition('age', '1'))], [override(1, 'checkout', 0)])]),
    };
    const ours = {
      name: 'b',
      feature_states: [state(1, 'checkout', { enabled: false }), state(2, 'banner')],
      project: project([segment([rule(condition('age', '2'))], [override(1, 'checkout', 5)])]),
    };
    assert.deepEqual(plainDifferences(flagsmith, ours), [
      'feature_states[name=checkout].enabled changed',
      'name changed',
      'project.segments[id=3].feature_states[name=checkout].feature_segment.priority changed',
      'project.segments[id=3].rules[0].conditions[0].value changed',
    ]);
  });

  it('names what only one side has, and tells of no other order because of it', () => {
    const both = state(1, 'checkout');
    assert.deepEqual(
      plainDifferences(
        { feature_states: [state(2, 'old'), both] },
        { feature_states: [both, state(3, 'new')] },
      ),
      ['feature_states[name=old] only_flagsmith', 'feature_states[name=new] only_ours'],
    );
    assert.deepEqual(plainDifferences({ name: null }, {}), ['name only_flagsmith']);
  });

  it('finds a null where the other side has a value, and a number where it has a text', () => {
    assert.deepEqual(plainDifferences({ name: null, project: 42 }, { name: '', project: '42' }), [
      'name changed',
      'project changed',
    ]);
  });

  it('takes numbers by value', () => {
    const item = (n: string): DynamoItem => ({ percentage_allocation: { N: n } });
    assert.deepEqual(differences(item('30.0'), item('30')), []);
    assert.deepEqual(differences(item('1E-7'), item('0.0000001')), []);
    assert.deepEqual(differences(item('30.5'), item('30')), ['percentage_allocation changed']);
  });

  it('does not look at document_sync', () => {
    const { id } = plain({});
    const stamped: DynamoItem = { id: id!, document_sync: { M: { order: { S: '1' } } } };
    assert.deepEqual(differences({ id: id! }, stamped), []);
  });

  it('minds the order of environment defaults, segments and server-key-only features', () => {
    const [a, b] = [state(1, 'a'), state(2, 'b')];
    const [first, second] = [segment([]), segment([], [], 4)];
    assert.deepEqual(
      plainDifferences(
        {
          feature_states: [a, b],
          project: project([first, second], { server_key_only_feature_ids: [1, 2] }),
        },
        {
          feature_states: [b, a],
          project: project([second, first], { server_key_only_feature_ids: [2, 1] }),
        },
      ),
      ['feature_states order', 'project.segments order', 'project.server_key_only_feature_ids order'],
    );
  });

  it('does not mind the order of rules, conditions and multivariate values, at any depth', () => {
    const [age, city] = [condition('age', '1'), condition('city', 'x')];
    const nested = (...rules: object[]) => ({ type: 'ANY', rules, conditions: [] });
    const values = [
      { id: 1, percentage_allocation: 10 },
      { id: 2, percentage_allocation: 20 },
    ];
    const parts = (rules: object[], options: object[]) => ({
      feature_states: [state(1, 'a', { multivariate_feature_state_values: options })],
      project: project([segment(rules)]),
    });
    assert.deepEqual(
      plainDifferences(
        parts([nested(rule(age, city), rule()), rule(city)], values),
        parts([rule(city), nested(rule(), rule(city, age))], [...values].reverse()),
      ),
      [],
    );
  });

  it('finds a rule by its conditions, in whatever order both come', () => {
    const [age, city, plan] = [condition('age', '1'), condition('city', 'x'), condition('plan', 'y')];
    const parts = (...rules: object[]) => ({ project: project([segment(rules)]) });
    assert.deepEqual(
      plainDifferences(parts(rule(age, city), rule(city, plan)), parts(rule(plan, city), rule(city, age))),
      [],
    );
  });

  it('names the one condition that is not in both, whatever the order of the others', () => {
    const [age, city, plan] = [condition('age', '1'), condition('city', 'x'), condition('plan', 'y')];
    const parts = (...conditions: object[]) => ({ project: project([segment([rule(...conditions)])]) });
    assert.deepEqual(plainDifferences(parts(age, city, plan), parts(plan, age)), [
      'project.segments[id=3].rules[0].conditions[1] only_flagsmith',
    ]);
    assert.deepEqual(plainDifferences(parts(age), parts(age, age)), [
      'project.segments[id=3].rules[0].conditions[1] only_ours',
    ]);
  });

  it('minds the order of segment overrides by priority, and of equal priorities not', () => {
    const parts = (...overrides: object[]) => ({ project: project([segment([], overrides)]) });
    const [a, b, c] = [override(1, 'a', 0), override(2, 'b', 0), override(3, 'c', 1)];
    assert.deepEqual(plainDifferences(parts(a, b, c), parts(b, a, c)), []);
    assert.deepEqual(plainDifferences(parts(a, b, c), parts(a, c, b)), [
      'project.segments[id=3].feature_states order',
    ]);
  });

  it('tells several overrides of one feature apart by priority and seed', () => {
    const parts = (...overrides: object[]) => ({ project: project([segment([], overrides)]) });
    const one = { ...override(1, 'a', 0), django_id: 10 };
    const other = { ...override(1, 'a', 0), django_id: 20 };
    assert.deepEqual(plainDifferences(parts(one, other), parts(other, one)), []);
    assert.deepEqual(plainDifferences(parts(one, other), parts(one)), [
      'project.segments[id=3].feature_states[name=a] only_flagsmith',
    ]);
  });

  describe('of a plain and a compressed item', () => {
    const option = (value: unknown) => ({ id: 5, multivariate_feature_option: { id: 6, key: null, value } });
    const parts = (value: unknown) => ({
      feature_states: [
        state(1, 'a', { feature_state_value: value, multivariate_feature_state_values: [option(value)] }),
      ],
      project: project([]),
    });
    const integration = { api_key: 'k', base_url: null };

    it('finds none in what compressing changes by itself', () => {
      const ofPlain = plain({ ...parts(42), heap_config: { ...integration, entity_selector: null } });
      const ofCompressed = compressed({ ...parts('42'), heap_config: integration });
      assert.deepEqual(differences(ofPlain, ofCompressed), []);
      assert.deepEqual(differences(ofCompressed, ofPlain), []);
    });

    it('finds values that differ, overrides of identities and entity selectors', () => {
      const ofPlain = plain({
        ...parts(true),
        heap_config: { ...integration, entity_selector: 'x' },
        identity_overrides: ['x'],
      });
      assert.deepEqual(differences(ofPlain, compressed({ ...parts('true'), heap_config: integration })), [
        'feature_states[name=a].feature_state_value changed',
        'feature_states[name=a].multivariate_feature_state_values[id=5].multivariate_feature_option.value changed',
        'heap_config.entity_selector only_flagsmith',
        'identity_overrides only_flagsmith',
      ]);
    });

    it('finds a number that is text in one of two items of the same form', () => {
      const expected = [
        'feature_states[name=a].feature_state_value changed',
        'feature_states[name=a].multivariate_feature_state_values[id=5].multivariate_feature_option.value changed',
      ];
      assert.deepEqual(differences(plain(parts(42)), plain(parts('42'))), expected);
      assert.deepEqual(differences(compressed(parts(42)), compressed(parts('42'))), expected);
    });

    it('finds bytes that are no gzip to be a difference, and goes on', () => {
      const broken: DynamoItem = {
        ...compressed({ ...parts('42'), name: 'a' }),
        project: { B: Buffer.from('no gzip') },
      };
      assert.deepEqual(differences(broken, compressed({ ...parts('42'), name: 'b' })), [
        'name changed',
        'project.id only_ours',
        'project.segments only_ours',
        'project.server_key_only_feature_ids only_ours',
        'project.unreadable only_flagsmith',
      ]);
    });
  });
});
