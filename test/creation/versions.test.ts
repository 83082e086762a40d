import assert from 'node:assert/strict';
import type { CreationActivities } from '../../src/activities/index.js';
import { useDatabase } from '../support/database.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { callableActivities } from './activities.js';
import { readDocument } from './documents.js';
import { withStatements } from './mortalDatabase.js';
import { readStates, rowsAdded } from './rows.js';

describe('seeding under v2 versioning', () => {
  const database = useDatabase({ template: 'migrated' });
  let activities: CreationActivities;
  let projectId: number;
  before(() => {
    activities = callableActivities(database.db);
  });
  beforeEach(async () => {
    projectId = await insertProject(database.sql);
  });

  const v2Environment = () => insertEnvironment(database.sql, projectId, { use_v2_feature_versioning: true });
  const newFeature = (name: string, initial_value = 'red') =>
    insertFeature(database.sql, projectId, name, { initial_value });
  const seed = (environmentId: number) =>
    activities.createInitialFeatureStatesForEnvironment({ environmentId });

  it('of a feature makes a published version with its state, and no audit row of that state', async () => {
    const { sql } = database;
    const v1 = await insertEnvironment(sql, projectId);
    const v2 = await v2Environment();
    const uuid = crypto.randomUUID();
    const { featureId } = await activities.insertFeature({
      projectId,
      name: 'size',
      initialValue: '42',
      uuid,
    });
    const options = [{ value: 'blue', defaultPercentageAllocation: 30 }];
    await activities.insertMultivariateOptions({ featureId, options });

    const added = await rowsAdded(sql, () => activities.createInitialFeatureStatesForFeature({ featureId }));
    assert.deepEqual(added, {
      audit_auditlog: 1,
      feature_versioning_environmentfeatureversion: 1,
      features_featurestate: 2,
      features_featurestatevalue: 2,
      multivariate_multivariatefeaturestatevalue: 2,
    });
    const states = await sql`
      SELECT
        state.environment_id, state.version AS number, state.live_from IS NOT NULL AS has_live_from,
        version.environment_id AS version_environment_id, version.feature_id AS version_feature_id,
        version.published_at = version.live_from AND version.live_from <= clock_timestamp() AS is_live
      FROM features_featurestate AS state
      LEFT JOIN feature_versioning_environmentfeatureversion AS version ON version.uuid = environment_feature_version_id
      WHERE state.feature_id = ${featureId} ORDER BY environment_id`;
    const noVersion = { version_environment_id: null, version_feature_id: null, is_live: null };
    const version = { version_environment_id: v2, version_feature_id: featureId, is_live: true };
    assert.deepEqual(
      [...states],
      [
        { environment_id: v1, number: 1, has_live_from: true, ...noVersion },
        { environment_id: v2, number: 1, has_live_from: false, ...version },
      ],
    );
    for (const environmentId of [v1, v2]) {
      const [state] = (await readDocument(database, environmentId)).feature_states;
      assert.equal(state?.feature_state_value, 42);
      assert.deepEqual(
        state.multivariate_feature_state_values.map(({ percentage_allocation }) => percentage_allocation),
        [30],
      );
    }
    const audited = await sql`
      SELECT environment_id FROM audit_auditlog WHERE related_object_type = 'FEATURE_STATE' AND project_id = ${projectId}`;
    assert.deepEqual([...audited], [{ environment_id: v1 }]);
  });

  it('of an environment that was asked for under it makes a complete document', async () => {
    const featureIds = [await newFeature('one'), await newFeature('two'), await newFeature('three')];
    const input = { projectId, name: 'Production', useV2FeatureVersioning: true, uuid: crypto.randomUUID() };
    const { environmentId } = await activities.insertEnvironment(input);
    const added = await rowsAdded(database.sql, () => seed(environmentId));
    assert.equal(added['feature_versioning_environmentfeatureversion'], 3);
    assert.deepEqual(
      await documentedValues(environmentId),
      Object.fromEntries(featureIds.map((id) => [id, 'red'])),
    );
  });

  it('uses the published version that is there without a default, as a second one would hide its overrides', async () => {
    const environmentId = await v2Environment();
    const featureId = await newFeature('size');
    const version = await insertVersion(environmentId, featureId);
    const added = await rowsAdded(database.sql, () => seed(environmentId));
    assert.deepEqual(added, { features_featurestate: 1, features_featurestatevalue: 1 });
    assert.deepEqual(await versionsOfStates(featureId), [version]);
  });

  for (const kind of ['draft', 'scheduled', 'deleted'] as const) {
    it(`makes a version of its own beside one that is ${kind} and has no default`, async () => {
      const environmentId = await v2Environment();
      const featureId = await newFeature('size');
      const version = await insertVersion(environmentId, featureId, kind);
      await seed(environmentId);
      assert.deepEqual(await documentedValues(environmentId), { [featureId]: 'red' });
      assert.equal((await versionsOfStates(featureId)).includes(version), false);
    });

    it(`leaves a pair alone whose default belongs to a version that is ${kind}`, async () => {
      const environmentId = await v2Environment();
      const featureId = await newFeature('size');
      const state = await insertFeatureState(database.sql, environmentId, featureId, 'blue');
      const version = await insertVersion(environmentId, featureId, kind);
      await database.sql`UPDATE features_featurestate SET environment_feature_version_id = ${version} WHERE id = ${state}`;
      assert.deepEqual(await rowsAdded(database.sql, () => seed(environmentId)), {});
    });
  }

  it('puts a default that was live under v1 versioning into a version, with the value it has', async () => {
    const environmentId = await v2Environment();
    const featureId = await newFeature('size');
    await insertFeatureState(database.sql, environmentId, featureId, 'older');
    const latest = await insertFeatureState(database.sql, environmentId, featureId, 'blue');
    await database.sql`UPDATE features_featurestate SET version = 2 WHERE id = ${latest}`;
    const added = await rowsAdded(database.sql, () => seed(environmentId));
    assert.deepEqual(added, { feature_versioning_environmentfeatureversion: 1 });
    assert.deepEqual(await documentedValues(environmentId), { [featureId]: 'blue' });
  });

  it('makes a default beside one that was a draft under v1 versioning', async () => {
    const environmentId = await v2Environment();
    const featureId = await newFeature('size');
    const draft = await insertFeatureState(database.sql, environmentId, featureId, 'blue');
    await database.sql`UPDATE features_featurestate SET version = NULL WHERE id = ${draft}`;
    await seed(environmentId);
    assert.deepEqual(await documentedValues(environmentId), { [featureId]: 'red' });
  });

  it('fails and is right the next time, where the environment changes to it between two statements', async () => {
    const environmentId = await insertEnvironment(database.sql, projectId);
    const featureId = await newFeature('size');
    const beforeStatement = async (number: number) => {
      // The chunk, versions, left-over states; what comes next inserts the states.
      if (number !== 3) return;
      await database.sql`UPDATE environments_environment SET use_v2_feature_versioning = true WHERE id = ${environmentId}`;
    };
    await assert.rejects(
      withStatements(database, { beforeStatement }, (db) =>
        callableActivities(db).createInitialFeatureStatesForEnvironment({ environmentId }),
      ),
      /violates foreign key constraint/,
    );
    assert.deepEqual(await readStates(database.sql, projectId), []);
    await seed(environmentId);
    assert.deepEqual(await documentedValues(environmentId), { [featureId]: 'red' });
  });

  it('in a clone is left to whoever made the pair meanwhile: the copy adds neither default nor version', async () => {
    const { sql } = database;
    const sourceEnvironmentId = await v2Environment();
    const featureId = await newFeature('size');
    await seed(sourceEnvironmentId);
    const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
    const clone = await activities.insertEnvironmentClone(input);
    const state = await insertFeatureState(sql, clone.environmentId, featureId, 'theirs');
    const version = await insertVersion(clone.environmentId, featureId);
    await sql`UPDATE features_featurestate SET environment_feature_version_id = ${version} WHERE id = ${state}`;
    assert.deepEqual(
      await rowsAdded(sql, () => activities.cloneFeatureStates({ ...clone, sourceEnvironmentId })),
      {},
    );
  });

  it('in a clone comes with the copy: its states belong to versions of its own, live since the copying began', async () => {
    const sourceEnvironmentId = await v2Environment();
    const featureId = await newFeature('size');
    await seed(sourceEnvironmentId);
    const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
    const clone = await activities.insertEnvironmentClone(input);
    await activities.cloneFeatureStates({ ...clone, sourceEnvironmentId });
    const states = await database.sql`
      SELECT
        state.version AS number, version.environment_id,
        version.published_at = environment.created_date AND version.live_from = environment.created_date AS from_start
      FROM features_featurestate AS state
      JOIN feature_versioning_environmentfeatureversion AS version ON version.uuid = environment_feature_version_id
      JOIN environments_environment AS environment ON environment.id = state.environment_id
      WHERE state.feature_id = ${featureId} AND state.environment_id = ${clone.environmentId}`;
    assert.deepEqual([...states], [{ number: null, environment_id: clone.environmentId, from_start: true }]);
  });

  async function documentedValues(environmentId: number): Promise<Record<number, unknown>> {
    const { feature_states: states } = await readDocument(database, environmentId);
    return Object.fromEntries(states.map((state) => [state.feature.id, state.feature_state_value]));
  }

  async function versionsOfStates(featureId: number): Promise<unknown[]> {
    const states = await database.sql<{ version: string | null }[]>`
      SELECT environment_feature_version_id AS version FROM features_featurestate WHERE feature_id = ${featureId}`;
    return states.map(({ version }) => version);
  }

  async function insertVersion(
    environmentId: number,
    featureId: number,
    kind: 'live' | 'draft' | 'scheduled' | 'deleted' = 'live',
  ): Promise<string> {
    const [version] = await database.sql<{ uuid: string }[]>`
      INSERT INTO feature_versioning_environmentfeatureversion
        (uuid, environment_id, feature_id, created_at, updated_at, published_at, live_from, deleted_at)
      VALUES (
        gen_random_uuid(), ${environmentId}, ${featureId}, now(), now(), ${kind === 'draft' ? null : new Date()},
        ${kind === 'draft' ? null : new Date(Date.now() + (kind === 'scheduled' ? 1 : -1) * 86_400_000)},
        ${kind === 'deleted' ? new Date() : null}
      )
      RETURNING uuid`;
    return version!.uuid;
  }
});

describe('seeding the values of an option that a state lacks', () => {
  const database = useDatabase({ template: 'migrated' });

  for (const { present, missing, given } of [
    { present: 60, missing: 40, given: 40 },
    { present: 60, missing: 41, given: 0 },
  ]) {
    it(`gives ${given} % where the other option has ${present} % and its own default is ${missing} %`, async () => {
      const { sql } = database;
      const projectId = await insertProject(sql);
      const environmentId = await insertEnvironment(sql, projectId);
      const featureId = await insertFeature(sql, projectId, 'size', { type: 'MULTIVARIATE' });
      const stateId = await insertFeatureState(sql, environmentId, featureId);
      const [first] = await sql<{ id: number }[]>`
        INSERT INTO multivariate_multivariatefeatureoption
          (uuid, feature_id, type, string_value, default_percentage_allocation)
        SELECT gen_random_uuid(), ${featureId}, 'unicode', 'blue', percentage
        FROM unnest(${[10, missing]}::float8[]) AS percentage
        RETURNING id`;
      await sql`
        INSERT INTO multivariate_multivariatefeaturestatevalue
          (uuid, feature_state_id, multivariate_feature_option_id, percentage_allocation)
        VALUES (gen_random_uuid(), ${stateId}, ${first!.id}, ${present})`;
      await callableActivities(database.db).createInitialFeatureStatesForEnvironment({ environmentId });
      const [state] = await readStates(sql, projectId);
      assert.deepEqual(
        state?.multivariate.map(({ percentage }) => percentage),
        [present, given],
      );
    });
  }
});
