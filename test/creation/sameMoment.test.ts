import assert from 'node:assert/strict';
import type { CreationActivities } from '../../src/activities/index.js';
import type { createEnvironment, createFeature } from '../../src/workflows/index.js';
import { useDatabase } from '../support/database.js';
import { insertEnvironment as insertEnvironmentRow, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { callableActivities } from './activities.js';
import { holdFeature, holdProject } from './gate.js';
import { readStates } from './rows.js';

describe('an environment and a feature that are created at the same moment', () => {
  const database = useDatabase({ template: 'migrated' });
  let activities: CreationActivities;
  let projectId: number;
  before(() => {
    activities = callableActivities(database.db);
  });
  beforeEach(async () => {
    projectId = await insertProject(database.sql);
  });

  const insertEnvironment = () =>
    activities.insertEnvironment({ projectId, name: 'Production', uuid: crypto.randomUUID() });
  const insertFeature = () =>
    activities.insertFeature({ projectId, name: 'size', initialValue: 'red', uuid: crypto.randomUUID() });

  it('have their feature state, though the feature was seeded before the environment was committed', async () => {
    const feature = await insertFeature();
    const gate = await holdProject(database.sql, projectId);
    const inserting = insertEnvironment();
    await gate.untilWaitedFor();
    const early = await activities.createInitialFeatureStatesForFeature(feature);
    assert.equal(early.featureStatesCount, 0);
    await gate.open();
    const environment = await inserting;
    await activities.createInitialFeatureStatesForEnvironment(environment);
    await assertOnePair(environment.environmentId, feature.featureId);
  });

  it('have their feature state, though the environment was seeded before the feature was committed', async () => {
    const environment = await insertEnvironment();
    const gate = await holdProject(database.sql, projectId);
    const inserting = insertFeature();
    await gate.untilWaitedFor();
    const early = await activities.createInitialFeatureStatesForEnvironment(environment);
    assert.equal(early.featureStatesCount, 0);
    await gate.open();
    const feature = await inserting;
    await activities.createInitialFeatureStatesForFeature(feature);
    await assertOnePair(environment.environmentId, feature.featureId);
  });

  it('have one feature state, though both of them seed it at once', async () => {
    const environment = await insertEnvironment();
    const feature = await insertFeature();
    const gate = await holdFeature(database.sql, feature.featureId);
    const seeding = Promise.all([
      activities.createInitialFeatureStatesForEnvironment(environment),
      activities.createInitialFeatureStatesForFeature(feature),
    ]);
    await gate.untilWaitedFor(2);
    await gate.open();
    const made = await seeding;
    assert.equal(made[0].featureStatesCount + made[1].featureStatesCount, 1);
    await assertOnePair(environment.environmentId, feature.featureId);
  });

  for (const use_v2_feature_versioning of [false, true]) {
    const versioning = use_v2_feature_versioning ? 'v2' : 'v1';

    it(`have one feature state, though the one is copied from another environment meanwhile, under ${versioning}`, async () => {
      const { sql } = database;
      const sourceEnvironmentId = await insertEnvironmentRow(sql, projectId, { use_v2_feature_versioning });
      const feature = await insertFeature();
      await activities.createInitialFeatureStatesForFeature(feature);
      const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
      const clone = await activities.insertEnvironmentClone(input);
      const gate = await holdFeature(sql, feature.featureId);
      const seeding = Promise.all([
        activities.cloneFeatureStates({ ...clone, sourceEnvironmentId }),
        activities.createInitialFeatureStatesForFeature(feature),
      ]);
      await gate.untilWaitedFor(2);
      await gate.open();
      const made = await seeding;
      assert.equal(made[0].featureStatesCount + made[1].featureStatesCount, 1);
      const states = (await readStates(sql, projectId)).map(({ environment_id, value }) => [
        environment_id,
        value,
      ]);
      assert.deepEqual(states, [
        [sourceEnvironmentId, 'red'],
        [clone.environmentId, 'red'],
      ]);
      const versions = await sql`
        SELECT FROM feature_versioning_environmentfeatureversion WHERE environment_id = ${clone.environmentId}`;
      assert.equal(versions.length, use_v2_feature_versioning ? 1 : 0);
    });
  }

  async function assertOnePair(environment_id: number, feature_id: number): Promise<void> {
    assert.deepEqual(await readStates(database.sql, projectId), [
      {
        environment_id,
        feature_id,
        enabled: false,
        version: 1,
        type: 'unicode',
        value: 'red',
        multivariate: [],
      },
    ]);
  }
});

describe('20 environments and 20 features that are created at the same moment', () => {
  const system = useSystem();
  before(() => system.startWorker());

  it('lose none of their 400 feature states, and double none', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const options = () => ({ workflowId: crypto.randomUUID(), taskQueue: system.taskQueue });
    const creations = Array.from({ length: 20 }, (_, n) => [
      system.client.workflow.execute<typeof createEnvironment>('createEnvironment', {
        ...options(),
        args: [{ projectId, name: `environment ${n}` }],
      }),
      system.client.workflow.execute<typeof createFeature>('createFeature', {
        ...options(),
        args: [
          {
            projectId,
            name: `feature ${n}`,
            multivariateOptions: [{ value: n, defaultPercentageAllocation: 1 }],
          },
        ],
      }),
    ]);
    await Promise.all(creations.flat());

    const states = await readStates(sql, projectId);
    const pairs = new Set(states.map((state) => `${state.environment_id} ${state.feature_id}`));
    assert.equal(states.length, 400);
    assert.equal(pairs.size, 400);
    assert.ok(states.every((state) => state.type !== null && state.multivariate.length === 1));
    const flagged = await sql`
      SELECT FROM environments_environment WHERE is_creating UNION ALL SELECT FROM features_feature WHERE is_creating`;
    assert.equal(flagged.length, 0);
  });
});
