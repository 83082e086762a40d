import assert from 'node:assert/strict';
import type { CreationActivities } from '../../src/activities/index.js';
import { loadScenario, useDatabase } from '../support/database.js';
import { callableActivities } from './activities.js';
import { inherited, readDocument } from './documents.js';

/** Values and options, overrides with ties, both versionings with leftovers of each other, identity overrides, size. */
const scenarios = [
  'a2_values',
  'b_multivariate',
  'c_segments',
  'c2_segment_priority_ties',
  'd_identity_overrides',
  'e_v2_versioning',
  'f_v1_scheduling',
  'j_big',
];

for (const scenario of scenarios) {
  describe(`the document of a clone, in scenario ${scenario}`, function () {
    this.timeout(120_000);
    const database = useDatabase({ template: 'migrated' });
    let activities: CreationActivities;
    before(async () => {
      await loadScenario(database.url, scenario);
      activities = callableActivities(database.db, 50);
    });

    it('says what its source says, copied feature states alone', async () => {
      const sources = await database.sql<{ id: number; states: number }[]>`
        SELECT id, (SELECT count(*)::integer FROM features_featurestate WHERE environment_id = environment.id) AS states
        FROM environments_environment AS environment WHERE deleted_at IS NULL ORDER BY id LIMIT 3`;
      assert.ok(sources.some(({ states }) => states > 0));
      for (const { id } of sources) {
        const clone = await insertClone(id);
        await activities.cloneFeatureStates({ ...clone, sourceEnvironmentId: id });
        const [ours, source] = [
          await readDocument(database, clone.environmentId),
          await readDocument(database, id),
        ];
        assert.deepEqual(inherited(ours), inherited(source));
        assert.notEqual(ours.api_key, source.api_key);
        assert.equal(ours.onboarding_pending, true);
      }
    });

    const insertClone = (sourceEnvironmentId: number) =>
      activities.insertEnvironmentClone({ sourceEnvironmentId, name: 'Clone', uuid: crypto.randomUUID() });
  });
}
