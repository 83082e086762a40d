import assert from 'node:assert/strict';
import { useDatabase } from '../support/database.js';
import { insertRows, type Rows } from './changedRows.js';
import { recordedBy } from './recordedChanges.js';
import { describeCases, nothing, ofProject, ofV1, ofV2, type SourceCase, updates } from './sourceCases.js';

const FEATURE = 'features_feature';
const STATE = 'features_featurestate';
const VALUE = 'features_featurestatevalue';
const FEATURE_SEGMENT = 'features_featuresegment';
const OPTION = 'multivariate_multivariatefeatureoption';
const SHARE = 'multivariate_multivariatefeaturestatevalue';

describeCases('the net under features', [
  ...updates(FEATURE, 'feature', ofProject(FEATURE), [
    "name = 'another'",
    "type = 'STANDARD'",
    'is_server_key_only = true',
  ]),
  ...updates(FEATURE, 'feature', nothing, [
    'name = name',
    "description = 'changed', is_archived = true, default_enabled = true, initial_value = 'M', deleted_at = now()",
  ]),
]);

describeCases('the net under feature states', [
  ...updates(STATE, 'live', ofV1(STATE), [
    'enabled = NOT enabled',
    'uuid = gen_random_uuid()',
    'version = 2',
    'version = NULL',
    "live_from = now() + interval '1 day'",
    'mv_hashing_salt = 7',
    'deleted_at = now()',
    'feature_id = feature_id + 1',
    'feature_segment_id = 1',
    'identity_id = 1',
  ]),
  ...updates(STATE, 'live', nothing, ['enabled = enabled', 'updated_at = now(), change_request_id = 1']),
  ...updates(STATE, 'published', ofV2(STATE), ['enabled = NOT enabled', 'deleted_at = now()']),
  ...updates(STATE, 'changeRequest', ofV1(STATE), ['version = 2, live_from = now()']),
  ...['changeRequest', 'draft', 'identityOverride', 'ofDeleted'].flatMap((name) =>
    updates(STATE, name as keyof Rows, nothing, ['enabled = NOT enabled', 'deleted_at = now()']),
  ),
  ...(['live', 'published', 'changeRequest', 'draft', 'identityOverride', 'ofDeleted'] as const).flatMap(
    (name): SourceCase[] => {
      const records = name === 'live' ? ofV1(STATE) : name === 'published' ? ofV2(STATE) : nothing;
      return [
        {
          change: `a new state like "${name}"`,
          statements: (rows) => copy(STATE, `id = ${rows[name]}`),
          records,
        },
        {
          change: `the deletion of the state "${name}"`,
          statements: (rows) => `DELETE FROM ${STATE} WHERE id = ${rows[name]}`,
          records,
        },
      ];
    },
  ),
]);

for (const [table, sets] of [
  [VALUE, ["string_value = 'new'", "type = 'int'", 'integer_value = 7', 'boolean_value = true']],
  [SHARE, ['percentage_allocation = 30', 'multivariate_feature_option_id = 77', 'uuid = gen_random_uuid()']],
] as const) {
  describeCases(`the net under ${table}`, [
    ...sets.map((set) => ({
      change: set,
      statements: ({ live }: Rows) => `UPDATE ${table} SET ${set} WHERE feature_state_id = ${live}`,
      records: ofV1(table),
    })),
    {
      change: 'saved as it was',
      statements: ({ live }) => `UPDATE ${table} SET uuid = uuid WHERE feature_state_id = ${live}`,
      records: nothing,
    },
    ...(['live', 'published', 'changeRequest', 'draft', 'identityOverride', 'ofDeleted'] as const).flatMap(
      (name): SourceCase[] => {
        const records = name === 'live' ? ofV1(table) : name === 'published' ? ofV2(table) : nothing;
        return [
          {
            change: `the deletion of that of the state "${name}"`,
            statements: (rows) => `DELETE FROM ${table} WHERE feature_state_id = ${rows[name]}`,
            records,
          },
          {
            change: `that of the state "${name}" is new`,
            statements: (rows) => renew(table, `feature_state_id = ${rows[name]}`),
            records,
          },
        ];
      },
    ),
  ]);
}

describeCases('the net under feature segments and options', [
  ...updates(FEATURE_SEGMENT, 'featureSegment', ofV1(FEATURE_SEGMENT), [
    'priority = 7',
    'segment_id = segment_id + 1',
  ]),
  ...updates(FEATURE_SEGMENT, 'featureSegment', nothing, [
    'priority = priority',
    "value = 'old', enabled = true",
  ]),
  {
    change: 'the order in a draft version',
    statements: ({ featureSegment, v2, draftVersion }) => `
      UPDATE ${FEATURE_SEGMENT} SET environment_id = ${v2}, environment_feature_version_id = '${draftVersion}'
      WHERE id = ${featureSegment}; DELETE FROM document_sync.outbox;
      UPDATE ${FEATURE_SEGMENT} SET priority = 8 WHERE id = ${featureSegment}`,
    records: nothing,
  },
  ...updates(OPTION, 'option', ofProject(OPTION), ["string_value = 'XXL'", "key = 'a'", "type = 'int'"]),
  ...updates(OPTION, 'option', nothing, ['key = key', 'default_percentage_allocation = 50']),
]);

describeCases('the net under segments', [
  ...updates('segments_segment', 'segment', ofProject('segments_segment'), [
    "name = 'Amateurs'",
    'feature_id = 1',
    'deleted_at = now()',
    'version_of_id = NULL',
  ]),
  ...updates('segments_segment', 'segment', nothing, [
    'name = name',
    "description = 'changed', updated_at = now(), version = 2, rules_data = '[]'",
  ]),
  ...updates('segments_segment', 'revision', nothing, ["name = 'Old'", 'deleted_at = now()']),
  ...updates('segments_segment', 'revision', ofProject('segments_segment'), ['version_of_id = id']),
  ...(['rule', 'inner', 'innermost'] as const).flatMap((name) => [
    ...updates('segments_segmentrule', name, ofProject('segments_segmentrule'), [
      "type = 'NONE' || type",
      'deleted_at = now()',
    ]),
    ...updates('segments_segmentrule', name, nothing, ['updated_at = now()']),
    {
      change: `a new rule beside "${name}"`,
      statements: (rows: Rows) => copy('segments_segmentrule', `id = ${rows[name]}`),
      records: ofProject('segments_segmentrule'),
    },
    {
      change: `the deletion of the rule "${name}"`,
      statements: (rows: Rows) => `DELETE FROM segments_segmentrule WHERE id = ${rows[name]}`,
      records: ofProject('segments_segmentrule'),
    },
  ]),
  ...updates('segments_segmentrule', 'revisionRule', nothing, ["type = 'NONE'", 'deleted_at = now()']),
  ...updates('segments_condition', 'condition', ofProject('segments_condition'), [
    "operator = 'IN'",
    "property = 'age'",
    'value = NULL',
    'deleted_at = now()',
  ]),
  ...updates('segments_condition', 'condition', nothing, [
    'value = value',
    "description = 'changed', updated_at = now()",
  ]),
  ...updates('segments_condition', 'revisionCondition', nothing, ["value = 'changed'", 'deleted_at = now()']),
  {
    change: 'a new condition, three rules deep',
    statements: ({ condition }) => copy('segments_condition', `id = ${condition}`),
    records: ofProject('segments_condition'),
  },
  {
    change: 'the deletion of a condition, three rules deep',
    statements: ({ condition }) => `DELETE FROM segments_condition WHERE id = ${condition}`,
    records: ofProject('segments_condition'),
  },
  {
    change: 'a condition under a deleted rule',
    statements: ({ inner, condition }) => `
      UPDATE segments_segmentrule SET deleted_at = now() WHERE id = ${inner}; DELETE FROM document_sync.outbox;
      DELETE FROM segments_condition WHERE id = ${condition}`,
    records: nothing,
  },
  {
    change: 'a condition under rules that contain each other, and no segment',
    statements: ({ inner, innermost, condition }) => `
      UPDATE segments_segmentrule SET rule_id = ${innermost} WHERE id = ${inner}; DELETE FROM document_sync.outbox;
      UPDATE segments_condition SET value = 'changed' WHERE id = ${condition}`,
    records: nothing,
  },
]);

describe('the net', () => {
  const database = useDatabase({ template: 'migrated' });
  let rows: Rows;
  before(async () => {
    rows = await insertRows(database.sql);
    await database.sql`DELETE FROM document_sync.outbox`;
  });

  it('records 500 rows of one statement once, and of an update those that changed', async () => {
    const { sql } = database;
    const once = ofV1(STATE)(rows);
    const many = copy(STATE, `id = ${rows.live}`, 500);
    assert.deepEqual(await recordedBy(sql, many), once);
    const forget = 'DELETE FROM document_sync.outbox;';
    assert.deepEqual(await recordedBy(sql, `${many}; ${forget} UPDATE ${STATE} SET updated_at = now()`), []);
    assert.deepEqual(await recordedBy(sql, `${many}; ${forget} UPDATE ${STATE} SET enabled = NOT enabled`), [
      ...once,
      ...ofV2(STATE)(rows),
    ]);
    assert.deepEqual(
      await recordedBy(sql, `${many}; ${forget} DELETE FROM ${STATE} WHERE environment_id = ${rows.v1}`),
      once,
    );
  });

  it('sees two rows that exchange what they hold', async () => {
    const exchange = `
      UPDATE segments_condition SET rule_id = ${rows.rule}, value = 'free' WHERE id = ${rows.revisionCondition};
      DELETE FROM document_sync.outbox;
      UPDATE segments_condition SET rule_id = ${rows.rule + rows.innermost} - rule_id
      WHERE id IN (${rows.condition}, ${rows.revisionCondition})`;
    assert.deepEqual(await recordedBy(database.sql, exchange), ofProject('segments_condition')(rows));
  });

  it('is due two seconds after the statement', async () => {
    const [{ began } = { began: '' }] = await database.sql<{ began: string }[]>`
      SELECT clock_timestamp()::text AS began`;
    await database.sql`UPDATE features_feature SET name = 'another'`;
    const [waiting] = await database.sql`
      SELECT
        due_at - interval '2 s' BETWEEN ${began}::text::timestamptz AND changed_at AS "inTwoSeconds",
        changed_at BETWEEN ${began}::text::timestamptz AND clock_timestamp() AS "changedNow"
      FROM document_sync.outbox`;
    assert.deepEqual(waiting, { inTwoSeconds: true, changedNow: true });
  });
});

/** Inserts copies of the rows, with ids and uuids of their own. */
function copy(table: string, where: string, times = 1): string {
  return `
    INSERT INTO ${table} SELECT (json_populate_record(
      original, json_build_object('id', 10000 + n, 'uuid', gen_random_uuid()))).*
    FROM ${table} AS original, generate_series(1, ${times}) AS n WHERE ${where}`;
}

/** Deletes the rows and inserts them again; only the insertion is looked at. */
function renew(table: string, where: string): string {
  return `
    CREATE TEMP TABLE renewed ON COMMIT DROP AS SELECT * FROM ${table} WHERE ${where};
    DELETE FROM ${table} WHERE ${where}; DELETE FROM document_sync.outbox;
    INSERT INTO ${table} SELECT * FROM renewed`;
}
