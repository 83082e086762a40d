import assert from 'node:assert/strict';
import { type CreationActivities } from '../../src/activities/index.js';
import { type TestDatabase, useDatabase } from '../support/database.js';
import { insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { callableActivities } from './activities.js';
import { inherited, readDocument } from './documents.js';
import { dyingBefore, KILLED, withStatements } from './mortalDatabase.js';
import { rowsAdded } from './rows.js';
import { insertOverride } from './overrides.js';

const FEATURES = 3;

for (const v2 of [false, true]) {
  describe(`under ${v2 ? 'v2' : 'v1'} versioning, a process that is killed between any two statements`, () => {
    const database = useDatabase({ template: 'migrated' });
    let projectId: number;
    let featureIds: number[];
    beforeEach(async () => {
      projectId = await insertProject(database.sql);
      featureIds = [];
      for (let n = 0; n < FEATURES; n++) featureIds.push(await insertMultivariateFeature(`feature ${n}`));
    });

    const newEnvironment = (columns = {}) =>
      insertEnvironment(database.sql, projectId, { use_v2_feature_versioning: v2, ...columns });

    it('while it seeds an environment leaves what the next attempt completes, and nothing twice', async () => {
      await dyingEverywhere(database, async (attempts) => {
        const environmentId = await newEnvironment();
        const added = await rowsAdded(database.sql, () =>
          attempts((activities) => activities.createInitialFeatureStatesForEnvironment({ environmentId })),
        );
        assert.deepEqual(added, pairRows(FEATURES));
        await assertComplete(environmentId, featureIds);
      });
    });

    it('while it seeds a feature leaves what the next attempt completes, and nothing twice', async () => {
      const environmentIds = [await newEnvironment(), await newEnvironment(), await newEnvironment()];
      await dyingEverywhere(database, async (attempts) => {
        const featureId = await insertMultivariateFeature(`new ${crypto.randomUUID()}`);
        const added = await rowsAdded(database.sql, () =>
          attempts((activities) => activities.createInitialFeatureStatesForFeature({ featureId })),
        );
        assert.deepEqual(added, { ...pairRows(3), ...(v2 ? {} : { audit_auditlog: 3 }) });
        for (const environmentId of environmentIds) await assertComplete(environmentId, [featureId]);
      });
    });

    it('while it clones an environment leaves what the next attempt completes, and nothing twice', async () => {
      const sourceEnvironmentId = await newEnvironment();
      await callableActivities(database.db).createInitialFeatureStatesForEnvironment({
        environmentId: sourceEnvironmentId,
      });
      await insertOverride(database.sql, sourceEnvironmentId, featureIds[0]!, 'for some');
      const source = inherited(await readDocument(database, sourceEnvironmentId));
      assert.equal(source.project.segments[0]?.feature_states.length, 1);

      await dyingEverywhere(database, async (attempts) => {
        const input = { sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() };
        let environmentId = 0;
        const added = await rowsAdded(database.sql, () =>
          attempts(async (activities) => {
            ({ environmentId } = await activities.insertEnvironmentClone(input));
            await activities.cloneFeatureStates({ environmentId, sourceEnvironmentId });
            await activities.createInitialFeatureStatesForEnvironment({ environmentId });
          }),
        );
        assert.deepEqual(added, {
          ...pairRows(FEATURES),
          environments_environment: 1,
          features_featuresegment: 1,
          features_featurestate: FEATURES + 1,
          features_featurestatevalue: FEATURES + 1,
        });
        assert.deepEqual(inherited(await readDocument(database, environmentId)), source);
      });
    });

    const pairRows = (pairs: number) => ({
      ...(v2 ? { feature_versioning_environmentfeatureversion: pairs } : {}),
      features_featurestate: pairs,
      features_featurestatevalue: pairs,
      multivariate_multivariatefeaturestatevalue: pairs,
    });

    async function assertComplete(environmentId: number, ids: number[]): Promise<void> {
      const { feature_states: states } = await readDocument(database, environmentId);
      assert.deepEqual(
        states
          .filter(({ feature }) => ids.includes(feature.id))
          .map(({ feature, feature_state_value, multivariate_feature_state_values: values }) => [
            feature.id,
            feature_state_value,
            values.map(({ percentage_allocation }) => percentage_allocation),
          ]),
        ids.map((id) => [id, 'red', [10]]),
      );
    }

    async function insertMultivariateFeature(name: string): Promise<number> {
      const columns = { type: 'MULTIVARIATE', initial_value: 'red' };
      const featureId = await insertFeature(database.sql, projectId, name, columns);
      await database.sql`
        INSERT INTO multivariate_multivariatefeatureoption
          (uuid, feature_id, type, string_value, default_percentage_allocation)
        VALUES (gen_random_uuid(), ${featureId}, 'unicode', 'blue', 10)`;
      return featureId;
    }
  });
}

type Attempt = (activities: CreationActivities) => Promise<unknown>;

/**
 * Has `act` done once for each statement that it takes: the first attempt dies before that statement, the second one
 * lives.
 */
async function dyingEverywhere(
  database: TestDatabase,
  act: (attempts: (attempt: Attempt) => Promise<void>) => Promise<void>,
): Promise<void> {
  let deaths = 0;
  // Each round but the last one dies.
  for (let statement = 0; statement === deaths; statement++) {
    await act(async (attempt) => {
      await withStatements(database, dyingBefore(statement), (db) =>
        attempt(callableActivities(db)).catch((error: unknown) => {
          assert.equal((error as Error).message, KILLED);
          deaths++;
        }),
      );
      await attempt(callableActivities(database.db));
    });
  }
  // Two chunks of at least five statements each.
  assert.ok(deaths >= 10, `It took ${deaths} statements only.`);
}
