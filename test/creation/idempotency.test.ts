import assert from 'node:assert/strict';
import type { CreationActivities } from '../../src/activities/index.js';
import { useDatabase } from '../support/database.js';
import { insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { callableActivities } from './activities.js';
import { readStates, rowsAdded } from './rows.js';

type Activity = () => Promise<unknown>;

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
    await insertEnvironment(database.sql, projectId, { use_v2_feature_versioning: true });
    assert.deepEqual(await activities.insertFeature(input), first);
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
