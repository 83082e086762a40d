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
import { insertOverride } from './overrides.js';
import { readStates, rowsAdded } from './rows.js';

type Activity = () => Promise<unknown>;

const V2 = { use_v2_feature_versioning: true };

/** How an activity may be repeated: by Temporal after a lost answer, or while its first attempt is still under way. */
const repetitions: Record<string, (activity: Activity) => Promise<unknown[]>> = {
  'called three times': async (activity) => [await activity(), await activity(), await activity()],
  'called eight times at once': (activity) => Promise.all(Array.from({ length: 8 }, activity)),
};

for (const [repeated, repeat] of Object.entries(repetitions)) {
  describe(`each creation activity, ${repeated}`, () => {
    const database = useDatabase({ template: 'migrated' });
    let activities: CreationActivities;
    let projectId: number;
    before(() => {
      activities = callableActivities(database.db);
    });
    beforeEach(async () => {
      projectId = await insertProject(database.sql);
    });

    it('inserts one environment', async () => {
      const input = { projectId, name: 'Production', uuid: crypto.randomUUID() };
      await assertMakes({ environments_environment: 1 }, () => activities.insertEnvironment(input));
    });

    it('inserts one feature', async () => {
      const input = { projectId, name: 'size', uuid: crypto.randomUUID() };
      await assertMakes({ features_feature: 1 }, () => activities.insertFeature(input));
    });

    it('inserts one audit row of an environment', async () => {
      const environmentId = await insertEnvironment(database.sql, projectId);
      await assertMakes({ audit_auditlog: 1 }, () => activities.recordEnvironmentCreated({ environmentId }));
    });

    it('inserts one audit row of a feature', async () => {
      await insertEnvironment(database.sql, projectId);
      const featureId = await insertFeature(database.sql, projectId, 'size');
      await assertMakes({ audit_auditlog: 1 }, () => activities.recordFeatureCreated({ featureId }));
    });

    it('inserts each option once, with one audit row', async () => {
      const featureId = await insertFeature(database.sql, projectId, 'size', { type: 'MULTIVARIATE' });
      const options = [
        { value: 'red', defaultPercentageAllocation: 10, key: 'a' },
        { value: 'red', defaultPercentageAllocation: 10 },
      ];
      await assertMakes({ multivariate_multivariatefeatureoption: 2, audit_auditlog: 2 }, () =>
        activities.insertMultivariateOptions({ featureId, options }),
      );
    });

    it('seeds each feature of an environment once', async () => {
      const environmentId = await insertEnvironment(database.sql, projectId);
      await insertMultivariateFeatures(5);
      const states = {
        features_featurestate: 5,
        features_featurestatevalue: 5,
        multivariate_multivariatefeaturestatevalue: 5,
      };
      await assertSeeds(states, 5, () =>
        activities.createInitialFeatureStatesForEnvironment({ environmentId }),
      );
    });

    it('seeds a feature once in each environment', async () => {
      for (let n = 0; n < 5; n++) await insertEnvironment(database.sql, projectId);
      const [featureId] = await insertMultivariateFeatures(1);
      const states = {
        audit_auditlog: 5,
        features_featurestate: 5,
        features_featurestatevalue: 5,
        multivariate_multivariatefeaturestatevalue: 5,
      };
      await assertSeeds(states, 5, () =>
        activities.createInitialFeatureStatesForFeature({ featureId: featureId! }),
      );
    });

    it('publishes one version of each feature of an environment under v2 versioning', async () => {
      const environmentId = await insertEnvironment(database.sql, projectId, V2);
      await insertMultivariateFeatures(5);
      const states = {
        feature_versioning_environmentfeatureversion: 5,
        features_featurestate: 5,
        features_featurestatevalue: 5,
        multivariate_multivariatefeaturestatevalue: 5,
      };
      await assertSeeds(states, 5, () =>
        activities.createInitialFeatureStatesForEnvironment({ environmentId }),
      );
    });

    it('publishes one version of a feature in each environment under v2 versioning', async () => {
      for (let n = 0; n < 5; n++) await insertEnvironment(database.sql, projectId, V2);
      const [featureId] = await insertMultivariateFeatures(1);
      const states = {
        feature_versioning_environmentfeatureversion: 5,
        features_featurestate: 5,
        features_featurestatevalue: 5,
        multivariate_multivariatefeaturestatevalue: 5,
      };
      await assertSeeds(states, 5, () =>
        activities.createInitialFeatureStatesForFeature({ featureId: featureId! }),
      );
    });

    it('inserts one clone', async () => {
      const sourceEnvironmentId = await insertEnvironment(database.sql, projectId);
      const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
      await assertMakes({ environments_environment: 1 }, () => activities.insertEnvironmentClone(input));
    });

    for (const versioning of ['v1', 'v2']) {
      it(`copies each feature state once, under ${versioning} versioning`, async () => {
        const columns = versioning === 'v2' ? V2 : {};
        const sourceEnvironmentId = await insertEnvironment(database.sql, projectId, columns);
        const featureIds = await insertMultivariateFeatures(5);
        await activities.createInitialFeatureStatesForEnvironment({ environmentId: sourceEnvironmentId });
        for (const featureId of featureIds.slice(0, 3)) {
          await insertOverride(database.sql, sourceEnvironmentId, featureId, 'for some');
          await insertOverride(database.sql, sourceEnvironmentId, featureId, 'for others');
        }
        const clone = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
        const { environmentId } = await activities.insertEnvironmentClone(clone);
        const states = {
          ...(versioning === 'v2' ? { feature_versioning_environmentfeatureversion: 5 } : {}),
          features_featuresegment: 6,
          features_featurestate: 11,
          features_featurestatevalue: 11,
          multivariate_multivariatefeaturestatevalue: 5,
        };
        await assertSeeds(states, 11, () =>
          activities.cloneFeatureStates({ sourceEnvironmentId, environmentId }),
        );
      });
    }

    async function assertMakes(expected: Record<string, number>, activity: Activity): Promise<void> {
      const added = await rowsAdded(database.sql, async () => {
        const results = await repeat(activity);
        assert.equal(new Set(results.map((result) => JSON.stringify(result))).size, 1);
      });
      assert.deepEqual(added, expected);
    }

    /** What the calls say they made is what was made, whichever of them made it. */
    async function assertSeeds(
      expected: Record<string, number>,
      states: number,
      activity: () => Promise<{ featureStatesCount: number }>,
    ): Promise<void> {
      let made = 0;
      const added = await rowsAdded(database.sql, async () => {
        const results = (await repeat(activity)) as { featureStatesCount: number }[];
        made = results.reduce((sum, { featureStatesCount }) => sum + featureStatesCount, 0);
      });
      assert.deepEqual(added, expected);
      assert.equal(made, states);
    }

    async function insertMultivariateFeatures(count: number): Promise<number[]> {
      const ids: number[] = [];
      for (let n = 0; n < count; n++) {
        const id = await insertFeature(database.sql, projectId, `feature ${n}`, { type: 'MULTIVARIATE' });
        await database.sql`
          INSERT INTO multivariate_multivariatefeatureoption
            (uuid, feature_id, type, string_value, default_percentage_allocation)
          VALUES (gen_random_uuid(), ${id}, 'unicode', 'red', 10)`;
        ids.push(id);
      }
      return ids;
    }
  });
}

describe('a creation activity repeated after something has changed', () => {
  const database = useDatabase({ template: 'migrated' });
  let activities: CreationActivities;
  before(() => {
    activities = callableActivities(database.db);
  });

  it('finds its feature, though the project would not allow it any more', async () => {
    const projectId = await insertProject(database.sql);
    const input = { projectId, name: 'size', uuid: crypto.randomUUID() };
    const first = await activities.insertFeature(input);
    await database.sql`UPDATE projects_project SET feature_name_regex = 'x', max_features_allowed = 0`;
    assert.deepEqual(await activities.insertFeature(input), first);
  });

  it('finds its clone, though the source is deleted by now', async () => {
    const projectId = await insertProject(database.sql);
    const sourceEnvironmentId = await insertEnvironment(database.sql, projectId);
    const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
    const first = await activities.insertEnvironmentClone(input);
    await database.sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${sourceEnvironmentId}`;
    assert.deepEqual(await activities.insertEnvironmentClone(input), first);
  });

  it('copies nothing any more once the flag of the clone is down', async () => {
    const projectId = await insertProject(database.sql);
    const sourceEnvironmentId = await insertEnvironment(database.sql, projectId);
    const featureId = await insertFeature(database.sql, projectId, 'size');
    await activities.createInitialFeatureStatesForEnvironment({ environmentId: sourceEnvironmentId });
    await insertOverride(database.sql, sourceEnvironmentId, featureId, 'for some');
    const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
    const clone = await activities.insertEnvironmentClone(input);
    await activities.clearEnvironmentIsCreating(clone);
    const { featureStatesCount } = await activities.cloneFeatureStates({ ...clone, sourceEnvironmentId });
    assert.equal(featureStatesCount, 0);
  });

  it('copies what was live when the clone was made, whatever has gone live since', async () => {
    const { sql } = database;
    const projectId = await insertProject(sql);
    const sourceEnvironmentId = await insertEnvironment(sql, projectId);
    const featureId = await insertFeature(sql, projectId, 'size');
    await insertFeatureState(sql, sourceEnvironmentId, featureId, 'then');
    const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
    const clone = await activities.insertEnvironmentClone(input);
    const later = await insertFeatureState(sql, sourceEnvironmentId, featureId, 'later');
    await sql`UPDATE features_featurestate SET live_from = now(), version = 2 WHERE id = ${later}`;
    await activities.cloneFeatureStates({ ...clone, sourceEnvironmentId });
    const values = (await readStates(sql, projectId)).filter(
      (state) => state.environment_id === clone.environmentId,
    );
    assert.deepEqual(
      values.map(({ value }) => value),
      ['then'],
    );
  });

  it('goes on where an earlier attempt broke off, and hangs values on the state that is there', async () => {
    const projectId = await insertProject(database.sql);
    const environmentId = await insertEnvironment(database.sql, projectId);
    for (const name of ['one', 'two', 'three'])
      await insertFeature(database.sql, projectId, name, { initial_value: name });
    await activities.createInitialFeatureStatesForEnvironment({ environmentId });
    const complete = await readStates(database.sql, projectId);
    await database.sql`DELETE FROM features_featurestatevalue WHERE string_value <> 'one'`;
    await database.sql.begin(async (tx) => {
      const [three] = await tx`
        DELETE FROM features_featurestate WHERE feature_id = ${complete[2]!.feature_id} RETURNING id`;
      assert.ok(three);
    });
    await activities.createInitialFeatureStatesForEnvironment({ environmentId });
    assert.deepEqual(await readStates(database.sql, projectId), complete);
  });
});
