import assert from 'node:assert/strict';
import type { createFeature } from '../../src/workflows/index.js';
import type { CreateFeatureInput } from '../../src/workflows/creationContract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { holdFeatureStates } from './gate.js';
import { readStates, rowsAdded, watchFlags } from './rows.js';

describe('createFeature', () => {
  const system = useSystem({ CREATION_CHUNK_SIZE: '2' });
  before(() => system.startWorker());

  const start = (input: CreateFeatureInput) =>
    system.client.workflow.start<typeof createFeature>('createFeature', {
      workflowId: crypto.randomUUID(),
      taskQueue: system.taskQueue,
      args: [input],
    });
  const create = async (input: CreateFeatureInput) => (await (await start(input)).result()).featureId;

  /** With three environments, one of them deleted; gives its id and the live ones'. */
  async function insertProjectOfTwo(settings = {}) {
    const { sql } = system.database;
    const projectId = await insertProject(sql, settings);
    const environmentIds = [await insertEnvironment(sql, projectId), await insertEnvironment(sql, projectId)];
    await insertEnvironment(sql, projectId, { deleted_at: new Date() });
    return { projectId, environmentIds };
  }

  it('makes the rows that Flagsmith makes for a standard feature', async () => {
    const { sql } = system.database;
    const { projectId, environmentIds } = await insertProjectOfTwo();
    let featureId = 0;
    const added = await rowsAdded(sql, async () => {
      featureId = await create({
        projectId,
        name: 'Size',
        initialValue: 'red',
        defaultEnabled: true,
        isServerKeyOnly: true,
        description: 'of the button',
      });
    });
    assert.deepEqual(added, {
      features_feature: 1,
      audit_auditlog: 3,
      features_featurestate: 2,
      features_featurestatevalue: 2,
    });
    assert.deepEqual(
      await readStates(sql, projectId),
      environmentIds.map((environment_id) => ({
        environment_id,
        feature_id: featureId,
        enabled: true,
        version: 1,
        type: 'unicode',
        value: 'red',
        multivariate: [],
      })),
    );
    const [feature] = await sql`
      SELECT name, description, project_id, initial_value, default_enabled, type, is_archived, is_server_key_only,
        is_creating, deleted_at
      FROM features_feature WHERE id = ${featureId}`;
    assert.deepEqual(feature, {
      name: 'Size',
      description: 'of the button',
      project_id: projectId,
      initial_value: 'red',
      default_enabled: true,
      type: 'STANDARD',
      is_archived: false,
      is_server_key_only: true,
      is_creating: false,
      deleted_at: null,
    });
  });

  it('makes the options of a multivariate feature, and a value of each in every environment', async () => {
    const { sql } = system.database;
    const { projectId, environmentIds } = await insertProjectOfTwo();
    const featureId = await create({
      projectId,
      name: 'size',
      initialValue: 'control',
      multivariateOptions: [
        { value: 'blue', defaultPercentageAllocation: 33.3, key: 'b' },
        { value: -7, defaultPercentageAllocation: 0 },
        { value: false, defaultPercentageAllocation: 66.7 },
      ],
    });
    const options = await sql`
      SELECT type, string_value, integer_value, boolean_value, default_percentage_allocation AS percentage, key
      FROM multivariate_multivariatefeatureoption WHERE feature_id = ${featureId} ORDER BY id`;
    const none = { string_value: null, integer_value: null, boolean_value: null, key: null };
    assert.deepEqual(
      [...options],
      [
        { ...none, type: 'unicode', string_value: 'blue', percentage: 33.3, key: 'b' },
        { ...none, type: 'int', integer_value: -7, percentage: 0 },
        { ...none, type: 'bool', boolean_value: false, percentage: 66.7 },
      ],
    );
    const states = await readStates(sql, projectId);
    assert.deepEqual(
      states.map((state) => [state.environment_id, state.multivariate.map(({ percentage }) => percentage)]),
      environmentIds.map((id) => [id, [33.3, 0, 66.7]]),
    );
    const [feature] = await sql`SELECT type FROM features_feature WHERE id = ${featureId}`;
    assert.deepEqual(feature, { type: 'MULTIVARIATE' });
  });

  it('leaves an audit row of the feature and one of each option, which trigger writes, and some of states, which do not', async () => {
    const { sql } = system.database;
    const { projectId, environmentIds } = await insertProjectOfTwo();
    const featureId = await create({
      projectId,
      name: 'size',
      multivariateOptions: [{ value: 'blue', defaultPercentageAllocation: 10 }],
    });
    const states = await sql<
      { id: number }[]
    >`SELECT id FROM features_featurestate WHERE feature_id = ${featureId} ORDER BY id`;
    const rows = await sql`
      SELECT log, environment_id, related_object_type AS type, related_object_id AS of, skip_signals
      FROM audit_auditlog WHERE project_id = ${projectId} ORDER BY id`;
    const created = 'New Flag / Remote Config created: size';
    const ofProject = { environment_id: null, type: 'FEATURE', of: featureId, skip_signals: null };
    assert.deepEqual(
      [...rows],
      [
        { log: created, ...ofProject },
        { log: "Multivariate option added to feature 'size'.", ...ofProject },
        ...environmentIds.map((environment_id, index) => ({
          log: created,
          environment_id,
          type: 'FEATURE_STATE',
          of: states[index]!.id,
          skip_signals: 'send_environments_to_dynamodb',
        })),
      ],
    );
  });

  it("sets updated_at of each of the project's environments to the audit row's moment", async () => {
    const { sql } = system.database;
    const { projectId } = await insertProjectOfTwo();
    await create({ projectId, name: 'size' });
    const rows = await sql`
      SELECT environment.deleted_at IS NULL AS is_live, environment.updated_at = audit_log.created_date AS is_set
      FROM environments_environment AS environment
      JOIN audit_auditlog AS audit_log
        ON audit_log.project_id = environment.project_id AND audit_log.related_object_type = 'FEATURE'
      WHERE environment.project_id = ${projectId} ORDER BY environment.id`;
    assert.deepEqual(
      [...rows],
      [true, true, false].map((is) => ({ is_live: is, is_set: is })),
    );
  });

  it('types the initial value as Flagsmith does', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    await insertEnvironment(sql, projectId);
    const expected: [initial: string | null, type: string, value: string | number | boolean | null][] = [
      [null, 'unicode', null],
      ['', 'unicode', ''],
      ['red', 'unicode', 'red'],
      ['42', 'int', 42],
      [' 42 ', 'int', 42],
      ['\t42\n', 'int', 42],
      ['s42', 'unicode', 's42'],
      ['-7', 'int', -7],
      ['+7', 'int', 7],
      ['1_000', 'int', 1_000],
      ['007', 'int', 7],
      ['2147483647', 'int', 2_147_483_647],
      ['-2147483648', 'int', -2_147_483_648],
      ['2147483648', 'unicode', '2147483648'],
      ['9'.repeat(400), 'unicode', '9'.repeat(400)],
      ['4.2', 'unicode', '4.2'],
      ['1__0', 'unicode', '1__0'],
      ['- 7', 'unicode', '- 7'],
      ['true', 'bool', true],
      ['True', 'bool', true],
      ['TRUE', 'unicode', 'TRUE'],
      ['false', 'bool', false],
      ['False', 'bool', false],
      [' true', 'unicode', ' true'],
    ];
    await Promise.all(
      expected.map(([initialValue], index) => create({ projectId, name: `feature ${index}`, initialValue })),
    );
    const rows = await sql<{ initial_value: string | null; name: string }[]>`
      SELECT name, initial_value FROM features_feature WHERE project_id = ${projectId} ORDER BY id`;
    const states = await readStates(sql, projectId);
    const typed = rows.map(({ name, initial_value }, index) => ({
      name,
      is: [initial_value, states[index]?.type, states[index]?.value],
    }));
    typed.sort((a, b) => Number(a.name.slice(8)) - Number(b.name.slice(8)));
    assert.deepEqual(
      typed.map(({ is }) => is),
      expected,
    );
  });

  it('neither enables nor fills feature states where the project prevents flag defaults', async () => {
    const { sql } = system.database;
    const { projectId } = await insertProjectOfTwo({ prevent_flag_defaults: true });
    await create({ projectId, name: 'size', initialValue: '42', defaultEnabled: true });
    assert.deepEqual(
      (await readStates(sql, projectId)).map(({ enabled, type, value }) => [enabled, type, value]),
      [
        [false, 'unicode', null],
        [false, 'unicode', null],
      ],
    );
  });

  it('shows the feature flagged and audited before its first feature state, and unflagged only after its last', async () => {
    const { sql } = system.database;
    const { projectId } = await insertProjectOfTwo();
    const flags = await watchFlags(sql, 'features_feature');
    const gate = await holdFeatureStates(sql);
    const workflow = await start({ projectId, name: 'size' });
    await gate.untilWaitedFor();
    const [seen] = await sql`
      SELECT
        (SELECT is_creating FROM features_feature WHERE project_id = ${projectId}) AS is_creating,
        (SELECT count(*)::integer FROM audit_auditlog WHERE project_id = ${projectId}) AS audit_logs`;
    assert.deepEqual(seen, { is_creating: true, audit_logs: 1 });
    assert.equal((await readStates(sql, projectId)).length, 0);
    await gate.open();
    await workflow.result();
    assert.deepEqual(await flags(), [true, false]);
    assert.equal((await readStates(sql, projectId)).length, 2);
  });
});
