import assert from 'node:assert/strict';
import { readSeedingRows } from '../../src/db/seedingRows.js';
import { type SeedingRows, seedingVerdict } from '../../src/seeding/seedingVerdict.js';
import { readScenario } from '../document/scenarios.js';
import { loadScenario, type Template, type TestDatabase, useDatabase } from '../support/database.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';

const LONG_AGO = '2000-01-01T00:00:00';
const AS_OF = '2026-11-22T12:00:00.123456';

/** What scenario `k_partial` says that each environment's complete document lacks. */
interface MissingRows {
  environment_id: number;
  feature_ids_without_live_default: number[];
  feature_ids_with_live_default_but_no_value_row: number[];
  feature_ids_with_missing_multivariate_rows: number[];
}

for (const template of ['baseline', 'migrated'] satisfies Template[]) {
  const column = template === 'migrated' ? 'with' : 'without';
  describe(`the seeding rows of half-seeded environments, ${column} features_feature.is_creating`, () => {
    const database = useDatabase({ template });
    const { missing } = readScenario('k_partial') as unknown as { missing: MissingRows[] };
    before(() => loadScenario(database.url, 'k_partial'));

    it('show exactly the gaps that each environment has, under v1 and v2 versioning', async () => {
      assert.equal(missing.length, 13);
      for (const environment of missing) {
        const rows = await read(database, environment.environment_id);
        assert.deepEqual(
          inferredGaps(rows),
          gapsOf(environment),
          `environment ${environment.environment_id}`,
        );
      }
    });

    it('ask for nothing where feature and environment are both old', async () => {
      for (const { environment_id } of missing) {
        const rows = await read(database, environment_id, AS_OF);
        assert.equal(rows.youngPairs.length + rows.youngCompounds.length, 0);
      }
    });

    it('show the flag of the one environment that is being cloned, and none of a feature', async () => {
      const cloned: number[] = [];
      for (const { environment_id } of missing) {
        const { environmentIsCreating, creatingFeatureIds } = await read(database, environment_id);
        if (environmentIsCreating) cloned.push(environment_id);
        assert.equal(creatingFeatureIds.length, 0);
      }
      assert.deepEqual(cloned, [1009]);
    });
  });
}

describe('the seeding rows of an environment', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let environmentId: number;
  beforeEach(async () => {
    projectId = await insertProject(database.sql);
    environmentId = await insertEnvironment(database.sql, projectId);
  });
  const now = () => new Date(Date.parse(`${AS_OF.slice(0, 23)}Z`));
  const youngSince = '2026-11-22T11:59:00';

  it('are none for one that is deleted or never was', async () => {
    const { sql } = database;
    const deleted = await insertEnvironment(sql, projectId, { deleted_at: new Date() });
    assert.equal(await readSeedingRows(database.db, deleted, { asOf: AS_OF, youngSince }), undefined);
    assert.equal(await readSeedingRows(database.db, 999_999, { asOf: AS_OF, youngSince }), undefined);
  });

  it('list the flagged features of its own project, deleted ones left out', async () => {
    const { sql } = database;
    const flagged = await insertFeature(sql, projectId, 'flagged', { is_creating: true });
    await insertFeature(sql, projectId, 'deleted', { is_creating: true, deleted_at: new Date() });
    await insertFeature(sql, await insertProject(sql), 'elsewhere', { is_creating: true });
    assert.deepEqual((await read(database, environmentId)).creatingFeatureIds, [flagged]);
  });

  it('leave deleted features out, however incomplete', async () => {
    const { sql } = database;
    const live = await insertFeature(sql, projectId, 'live');
    await insertFeature(sql, projectId, 'deleted', { deleted_at: new Date() });
    const rows = await read(database, environmentId);
    assert.deepEqual(
      rows.youngPairs.map(({ featureId }) => featureId),
      [live],
    );
  });

  it('ask for a pair as long as either side of it is young, and date it by that side', async () => {
    const { sql } = database;
    const oldFeature = await insertFeature(sql, projectId, 'old');
    const youngFeature = await insertFeature(sql, projectId, 'young', { created_date: now() });
    const youngEnvironment = await insertEnvironment(sql, projectId, { created_date: now() });
    const asked = async (id: number) =>
      (await read(database, id, youngSince)).youngPairs.map(({ featureId, createdAt }) => [
        featureId,
        createdAt,
      ]);
    const createdAt = '2026-11-22T12:00:00.123000';
    assert.deepEqual(await asked(environmentId), [[youngFeature, createdAt]]);
    assert.deepEqual(await asked(youngEnvironment), [
      [oldFeature, createdAt],
      [youngFeature, createdAt],
    ]);
  });

  it('do not take a feature state for live before its live_from', async () => {
    const { sql } = database;
    const featureId = await insertFeature(sql, projectId, 'scheduled');
    const stateId = await insertFeatureState(sql, environmentId, featureId);
    const hasState = async () =>
      (await read(database, environmentId)).youngPairs.map((pair) => pair.hasState);
    await sql`UPDATE features_featurestate SET live_from = '2026-11-22T12:00:00.123457Z' WHERE id = ${stateId}`;
    assert.deepEqual(await hasState(), [false]);
    await sql`UPDATE features_featurestate SET live_from = '2026-11-22T12:00:00.123456Z' WHERE id = ${stateId}`;
    assert.deepEqual(await hasState(), [true]);
  });

  it('count the options that the best feature state of the pair lacks', async () => {
    const { sql } = database;
    const featureId = await insertFeature(sql, projectId, 'multivariate', { type: 'MULTIVARIATE' });
    const stateId = await insertFeatureState(sql, environmentId, featureId);
    const lacking = async () => (await read(database, environmentId)).youngPairs[0]?.missingOptionValues;
    assert.equal(await lacking(), 0);
    const option = await insertOption(database, featureId);
    await insertOption(database, featureId);
    assert.equal(await lacking(), 2);
    await sql`
      INSERT INTO multivariate_multivariatefeaturestatevalue
        (uuid, feature_state_id, multivariate_feature_option_id, percentage_allocation)
      VALUES (gen_random_uuid(), ${stateId}, ${option}, 10)`;
    assert.equal(await lacking(), 1);
  });
});

const read = async (
  { db }: TestDatabase,
  environmentId: number,
  youngSince = LONG_AGO,
): Promise<SeedingRows> => (await readSeedingRows(db, environmentId, { asOf: AS_OF, youngSince }))!;

type Gap = 'feature_state_missing' | 'feature_state_value_missing' | 'multivariate_values_missing';

/** The gaps as the verdict infers them, were everything young. */
function inferredGaps(rows: SeedingRows): Record<Gap, number[]> {
  const { reasons } = seedingVerdict(rows, AS_OF, { inferenceWindowMs: 1e12 }, undefined);
  const of = (kind: Gap) => reasons.flatMap((reason) => (reason.kind === kind ? [reason.featureId] : []));
  return {
    feature_state_missing: of('feature_state_missing'),
    feature_state_value_missing: of('feature_state_value_missing'),
    multivariate_values_missing: of('multivariate_values_missing'),
  };
}

const gapsOf = (environment: MissingRows) => ({
  feature_state_missing: environment.feature_ids_without_live_default,
  feature_state_value_missing: environment.feature_ids_with_live_default_but_no_value_row,
  multivariate_values_missing: environment.feature_ids_with_missing_multivariate_rows,
});

async function insertOption({ sql }: TestDatabase, featureId: number): Promise<number> {
  const [option] = await sql<{ id: number }[]>`
    INSERT INTO multivariate_multivariatefeatureoption
      (uuid, feature_id, type, string_value, default_percentage_allocation)
    VALUES (gen_random_uuid(), ${featureId}, 'unicode', 'red', 10) RETURNING id`;
  return option!.id;
}
