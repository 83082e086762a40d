import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { CreationActivities } from '../../src/activities/index.js';
import { useDatabase } from '../support/database.js';
import { insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { callableActivities } from './activities.js';
import { rowsAdded } from './rows.js';

interface Case {
  what: string;
  field: string;
  /** Over an input that is right. */
  input: Record<string, unknown>;
  problem?: RegExp;
}

const option = (over: Record<string, unknown> = {}) => ({
  value: 'red',
  defaultPercentageAllocation: 10,
  ...over,
});

const nameCases: Case[] = [
  { what: 'no name', field: 'name', input: { name: undefined }, problem: /expected a text/ },
  { what: 'an empty name', field: 'name', input: { name: '' }, problem: /must not be empty/ },
  { what: 'a blank name', field: 'name', input: { name: ' \t ' }, problem: /must not be empty/ },
  { what: 'a name of 2,001 characters', field: 'name', input: { name: 'x'.repeat(2_001) }, problem: /2000/ },
  { what: 'a name that is a number', field: 'name', input: { name: 7 } },
  { what: 'a name with the character NUL', field: 'name', input: { name: 'a\u0000b' }, problem: /NUL/ },
  { what: 'a description that is a number', field: 'description', input: { description: 7 } },
  {
    what: 'a description with the character NUL',
    field: 'description',
    input: { description: '\u0000' },
    problem: /NUL/,
  },
];
const projectCases: Case[] = [
  { what: 'no project', field: 'projectId', input: { projectId: undefined } },
  {
    what: 'an unknown project',
    field: 'projectId',
    input: { projectId: 999_999 },
    problem: /no project 999999/,
  },
  { what: 'a project beyond 32 bit', field: 'projectId', input: { projectId: 2_147_483_648 } },
  { what: 'a project that is a text', field: 'projectId', input: { projectId: '1' } },
  { what: 'a project of 0', field: 'projectId', input: { projectId: 0 } },
  { what: 'half a project', field: 'projectId', input: { projectId: 1.5 } },
];
const environmentCases: Case[] = [
  {
    what: 'a versioning that is a text',
    field: 'useV2FeatureVersioning',
    input: { useV2FeatureVersioning: 'yes' },
    problem: /true or false/,
  },
  {
    what: 'a mistyped field',
    field: 'useV2Versioning',
    input: { useV2Versioning: true },
    problem: /no such field/,
  },
];
const sourceCases: Case[] = [
  { what: 'no source', field: 'sourceEnvironmentId', input: { sourceEnvironmentId: undefined } },
  {
    what: 'an unknown source',
    field: 'sourceEnvironmentId',
    input: { sourceEnvironmentId: 999_999 },
    problem: /no environment 999999/,
  },
  { what: 'a source that is a text', field: 'sourceEnvironmentId', input: { sourceEnvironmentId: '1' } },
  { what: 'a mistyped field', field: 'title', input: { title: 'Copy' }, problem: /no such field/ },
];
const featureCases: Case[] = [
  {
    what: 'an initial value that is a number',
    field: 'initialValue',
    input: { initialValue: 42 },
    problem: /"42"/,
  },
  {
    what: 'an initial value of 20,001 characters',
    field: 'initialValue',
    input: { initialValue: 'x'.repeat(20_001) },
  },
  {
    what: 'an initial value with the character NUL',
    field: 'initialValue',
    input: { initialValue: '\u0000' },
  },
  { what: 'a default that is a text', field: 'defaultEnabled', input: { defaultEnabled: 'yes' } },
  { what: 'a server key flag that is a text', field: 'isServerKeyOnly', input: { isServerKeyOnly: 'yes' } },
  { what: 'options that are no list', field: 'multivariateOptions', input: { multivariateOptions: {} } },
  {
    what: 'allocations of more than 100 together',
    field: 'multivariateOptions',
    input: {
      multivariateOptions: [
        option({ defaultPercentageAllocation: 60 }),
        option({ defaultPercentageAllocation: 41 }),
      ],
    },
    problem: /together/,
  },
  {
    what: 'an allocation above 100',
    field: 'multivariateOptions.0.defaultPercentageAllocation',
    input: { multivariateOptions: [option({ defaultPercentageAllocation: 101 })] },
  },
  {
    what: 'an allocation below 0',
    field: 'multivariateOptions.0.defaultPercentageAllocation',
    input: { multivariateOptions: [option({ defaultPercentageAllocation: -1 })] },
  },
  {
    what: 'an option that is no whole number',
    field: 'multivariateOptions.1.value',
    input: { multivariateOptions: [option(), option({ value: 4.2 })] },
  },
  {
    what: 'an option beyond 32 bit',
    field: 'multivariateOptions.0.value',
    input: { multivariateOptions: [option({ value: 2_147_483_648 })] },
  },
  {
    what: 'an option with the character NUL',
    field: 'multivariateOptions.0.value',
    input: { multivariateOptions: [option({ value: '\u0000' })] },
  },
  {
    what: 'two options of the same key',
    field: 'multivariateOptions',
    input: { multivariateOptions: [option({ key: 'a' }), option({ key: 'a' })] },
    problem: /same key/,
  },
  { what: 'a mistyped field', field: 'enabled', input: { enabled: true }, problem: /no such field/ },
  {
    what: 'an option with a mistyped field',
    field: 'multivariateOptions.0.weight',
    input: { multivariateOptions: [option({ weight: 10 })] },
    problem: /no such field/,
  },
];

describe('a creation of bad input', () => {
  const database = useDatabase({ template: 'migrated' });
  let activities: CreationActivities;
  let projectId: number;
  let environmentId: number;
  before(async () => {
    activities = callableActivities(database.db);
    projectId = await insertProject(database.sql);
    environmentId = await insertEnvironment(database.sql, projectId);
    await insertFeature(database.sql, projectId, 'Taken');
  });

  const inputs = {
    insertEnvironment: [...nameCases, ...projectCases, ...environmentCases],
    insertEnvironmentClone: [...nameCases, ...sourceCases],
    insertFeature: [...nameCases, ...projectCases, ...featureCases],
  };
  for (const activity of ['insertEnvironment', 'insertEnvironmentClone', 'insertFeature'] as const) {
    for (const { what, field, input, problem } of inputs[activity]) {
      it(`by ${activity} of ${what} is refused by the field's name`, async () => {
        await assertRefused(activity, input, field, problem);
      });
    }
  }

  for (const activity of ['insertEnvironment', 'insertFeature'] as const) {
    it(`by ${activity} in a deleted project is refused`, async () => {
      const deleted = await insertProject(database.sql);
      await database.sql`UPDATE projects_project SET deleted_at = now() WHERE id = ${deleted}`;
      await assertRefused(activity, { projectId: deleted }, 'projectId', /there is no project/);
    });
  }

  it('names every field at fault', async () => {
    await assertRefused('insertFeature', { name: '', initialValue: 1 }, 'name', /; initialValue: /);
  });

  it('of a name that the project has, in other letter case, is refused', async () => {
    await assertRefused('insertFeature', { name: 'tAKEN' }, 'name', /letter case aside/);
  });

  it('of a name that only a deleted feature has is none', async () => {
    await insertFeature(database.sql, projectId, 'gone', { deleted_at: new Date() });
    await activities.insertFeature({ projectId, name: 'gone', uuid: crypto.randomUUID() });
  });

  const ruled = [
    {
      rule: { only_allow_lower_case_feature_names: true },
      name: 'Size',
      field: 'name',
      problem: /lower-case/,
    },
    {
      rule: { feature_name_regex: '[a-z]+|x' },
      name: 'size_2',
      field: 'name',
      problem: /must match \[a-z\]\+\|x/,
    },
    { rule: { feature_name_regex: '(?P<word>' }, name: 'size', field: 'name', problem: /\(\?P<word>/ },
    { rule: { max_features_allowed: 0 }, name: 'size', field: 'projectId', problem: /all the 0 features/ },
  ];
  for (const { rule, name, field, problem } of ruled) {
    it(`in a project of ${JSON.stringify(rule)} is refused`, async () => {
      await assertRefused(
        'insertFeature',
        { projectId: await insertProject(database.sql, rule), name },
        field,
        problem,
      );
    });
  }

  it('of a clone whose source is in a deleted project is refused', async () => {
    const deleted = await insertProject(database.sql);
    const sourceEnvironmentId = await insertEnvironment(database.sql, deleted);
    await database.sql`UPDATE projects_project SET deleted_at = now() WHERE id = ${deleted}`;
    await assertRefused(
      'insertEnvironmentClone',
      { sourceEnvironmentId },
      'sourceEnvironmentId',
      /no environment/,
    );
  });

  it('of a clone whose source is deleted is refused', async () => {
    const sourceEnvironmentId = await insertEnvironment(database.sql, projectId, { deleted_at: new Date() });
    await assertRefused(
      'insertEnvironmentClone',
      { sourceEnvironmentId },
      'sourceEnvironmentId',
      /no environment/,
    );
  });

  async function assertRefused(
    activity: keyof typeof inputs,
    over: Record<string, unknown>,
    field: string,
    problem = /./,
  ): Promise<void> {
    const input = {
      ...(activity === 'insertEnvironmentClone' ? { sourceEnvironmentId: environmentId } : { projectId }),
      name: 'fresh',
      uuid: crypto.randomUUID(),
      ...over,
    };
    const insert = activities[activity] as (input: unknown) => Promise<unknown>;
    const added = await rowsAdded(database.sql, () =>
      assert.rejects(insert(input), (error: unknown) => {
        assert.ok(error instanceof ApplicationFailure, String(error));
        assert.equal(error.type, 'InvalidInput');
        assert.equal(error.nonRetryable, true);
        assert.ok(error.message.startsWith(`${field}: `), error.message);
        assert.match(error.message, problem);
        return true;
      }),
    );
    assert.deepEqual(added, {});
  }
});
