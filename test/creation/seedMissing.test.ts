import assert from 'node:assert/strict';
import { type CreationActivities, createCreationActivities } from '../../src/activities/index.js';
import type { SeededMissing, SeedMissingInput } from '../../src/workflows/creationContract.js';
import { useDatabase } from '../support/database.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { mockActivity } from '../support/writer.js';
import { callableActivities } from './activities.js';
import { readDocument } from './documents.js';
import { closeGate } from './gate.js';
import { readStates, rowsAdded } from './rows.js';

describe('seedMissingFeatureStates', () => {
  const database = useDatabase({ template: 'migrated' });
  let activities: CreationActivities;
  let projectId: number;
  before(() => {
    activities = callableActivities(database.db);
  });
  beforeEach(async () => {
    projectId = await insertProject(database.sql);
  });

  const newFeature = (name: string, columns: Record<string, string | boolean | Date | null> = {}) =>
    insertFeature(database.sql, projectId, name, { initial_value: 'red', ...columns });
  const seedMissing = (...environmentIds: number[]) =>
    activities.seedMissingFeatureStates({ environmentIds });

  for (const v2 of [false, true]) {
    it(`makes the feature states that pairs of an environment under ${v2 ? 'v2' : 'v1'} versioning never got, once`, async () => {
      const { sql } = database;
      const environmentId = await insertEnvironment(sql, projectId, { use_v2_feature_versioning: v2 });
      const present = await newFeature('present');
      await activities.createInitialFeatureStatesForEnvironment({ environmentId });
      const other = await insertEnvironment(sql, projectId, { use_v2_feature_versioning: v2 });
      await sql`UPDATE features_featurestatevalue SET string_value = 'changed by a user'`;
      const featureIds: number[] = [];
      for (let n = 0; n < 3; n++) featureIds.push(await newFeature(`missed ${n}`));
      const [option] = await sql<{ id: number }[]>`
        INSERT INTO multivariate_multivariatefeatureoption
          (uuid, feature_id, type, string_value, default_percentage_allocation)
        VALUES (gen_random_uuid(), ${featureIds[0]!}, 'unicode', 'blue', 30) RETURNING id`;
      await sql`DELETE FROM document_sync.outbox`;

      const added = await rowsAdded(sql, async () => {
        assert.deepEqual(await seedMissing(environmentId), {
          featureStatesCount: 3,
          environments: [{ environmentId, featureStatesCount: 3 }],
        });
      });
      assert.deepEqual(added, {
        ...(v2 ? { feature_versioning_environmentfeatureversion: 3 } : {}),
        features_featurestate: 3,
        features_featurestatevalue: 3,
        multivariate_multivariatefeaturestatevalue: 1,
      });
      const requests = await sql`
        SELECT DISTINCT environment_id FROM document_sync.outbox WHERE source = 'sync_request'`;
      assert.deepEqual([...requests], [{ environment_id: environmentId }]);
      const { feature_states: states } = await readDocument(database, environmentId);
      assert.deepEqual(
        states.map(({ feature, feature_state_value }) => [feature.id, feature_state_value]),
        [[present, 'changed by a user'], ...featureIds.map((id) => [id, 'red'])],
      );
      const ofMultivariate = (await readStates(sql, projectId)).find(
        ({ feature_id }) => feature_id === featureIds[0],
      );
      assert.deepEqual(ofMultivariate?.multivariate, [{ option_id: option!.id, percentage: 30 }]);

      assert.deepEqual(await seedMissing(environmentId), { featureStatesCount: 0, environments: [] });
      assert.equal(
        (await readStates(sql, projectId)).filter((state) => state.environment_id === other).length,
        0,
      );
    });
  }

  for (const [what, prepare] of Object.entries<() => Promise<number>>({
    'a feature younger than the window': async () => {
      await newFeature('young', { created_date: new Date() });
      return await insertEnvironment(database.sql, projectId);
    },
    'an environment younger than the window': async () => {
      await newFeature('old');
      return await insertEnvironment(database.sql, projectId, { created_date: new Date() });
    },
    'a feature that is being created': async () => {
      await newFeature('flagged', { is_creating: true });
      return await insertEnvironment(database.sql, projectId);
    },
    'an environment that is being created': async () => {
      await newFeature('old');
      return await insertEnvironment(database.sql, projectId, { is_creating: true });
    },
    'a deleted feature': async () => {
      await newFeature('deleted', { deleted_at: new Date() });
      return await insertEnvironment(database.sql, projectId);
    },
    'a deleted project': async () => {
      await newFeature('old');
      const environmentId = await insertEnvironment(database.sql, projectId);
      await database.sql`UPDATE projects_project SET deleted_at = now() WHERE id = ${projectId}`;
      return environmentId;
    },
  }))
    it(`makes nothing for ${what}`, async () => {
      const environmentId = await prepare();
      const added = await rowsAdded(database.sql, () => seedMissing(environmentId));
      assert.deepEqual(added, {});
    });

  it('takes the window that the worker is configured with', async () => {
    const policy = { inferenceWindowMs: 0 };
    const configured = createCreationActivities({ db: database.db, chunkSize: 2, seedingPolicy: policy });
    await newFeature('young', { created_date: new Date() });
    const environmentIds = [await insertEnvironment(database.sql, projectId)];
    const made = await mockActivity().run<
      [SeedMissingInput],
      SeededMissing,
      typeof configured.seedMissingFeatureStates
    >(configured.seedMissingFeatureStates, { environmentIds });
    assert.equal(made.featureStatesCount, 1);
  });

  it('shows nobody a feature state without its value, as no flag holds the document back', async () => {
    const { sql } = database;
    const environmentId = await insertEnvironment(sql, projectId);
    await newFeature('missed');
    const gate = await closeGate(sql, 'LOCK TABLE features_featurestatevalue IN SHARE MODE');
    const seeding = seedMissing(environmentId);
    await gate.untilWaitedFor();
    const seenMeanwhile = await readStates(sql, projectId);
    await gate.open();
    assert.equal((await seeding).featureStatesCount, 1);
    assert.deepEqual(seenMeanwhile, []);
  });

  it('makes each feature state once where two are at it at the same moment', async () => {
    const { sql } = database;
    const environmentId = await insertEnvironment(sql, projectId);
    for (let n = 0; n < 5; n++) await newFeature(`missed ${n}`);
    const gate = await closeGate(sql, 'LOCK TABLE features_featurestate IN SHARE MODE');
    const both = Promise.all([seedMissing(environmentId), seedMissing(environmentId)]);
    await gate.untilWaitedFor(2);
    await gate.open();
    const [one, other] = await both;
    assert.equal(one.featureStatesCount + other.featureStatesCount, 5);
    assert.equal((await readStates(sql, projectId)).length, 5);
  });

  it('ends where a pair cannot get its feature state, as its deleted one has the uuid', async () => {
    const { sql } = database;
    const environmentId = await insertEnvironment(sql, projectId);
    const featureId = await newFeature('deleted state');
    const last = await newFeature('missed');
    await insertFeatureState(sql, environmentId, last);
    await seedMissing(environmentId);
    await sql`UPDATE features_featurestate SET deleted_at = now() WHERE feature_id = ${featureId}`;
    assert.deepEqual(await seedMissing(environmentId), { featureStatesCount: 0, environments: [] });
  });
});
