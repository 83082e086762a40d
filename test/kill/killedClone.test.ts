import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { cloneEnvironment } from '../../src/workflows/index.js';
import { callableActivities } from '../creation/activities.js';
import { inherited, readDocument } from '../creation/documents.js';
import { insertSegment } from '../creation/overrides.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';

const FEATURES = 500;
const OVERRIDES = 40;

for (const v2 of [false, true]) {
  describe(`a worker that is killed in the middle of cloning ${FEATURES} features, under ${v2 ? 'v2' : 'v1'} versioning`, function () {
    this.timeout(120_000);
    const system = useSystem({ CREATION_CHUNK_SIZE: '100' });

    it('is replaced: nothing is written before the clone is complete, and then what its source says', async () => {
      const { sql } = system.database;
      const sourceEnvironmentId = await insertSource();
      const source = inherited(await readDocument(system.database, sourceEnvironmentId));
      assert.equal(source.feature_states.length, FEATURES);
      assert.equal(source.project.segments[0]?.feature_states.length, OVERRIDES);

      const worker = await system.spawnWorker();
      // The last table of each chunk is locked beforehand: the copying stops at the end of its first one.
      const { cloning, environmentId } = await sql.begin(async (gate) => {
        await gate`LOCK TABLE multivariate_multivariatefeaturestatevalue IN SHARE MODE`;
        const cloning = await system.client.workflow.start<typeof cloneEnvironment>('cloneEnvironment', {
          workflowId: `clone-environment-${sourceEnvironmentId}`,
          taskQueue: system.taskQueue,
          args: [{ sourceEnvironmentId, name: 'Clone' }],
        });
        const environmentId = await halfCopied();
        worker.kill('SIGKILL');
        await once(worker, 'exit');
        return { cloning, environmentId };
      });
      assert.ok((await copiedStates(environmentId)) < FEATURES);
      assert.equal((await storedItems(system, environmentId)).v1, undefined);

      await system.spawnWorker();
      await untilWritten(environmentId, cloning.result());
      assert.deepEqual(await cloning.result(), { environmentId });
      assert.deepEqual(inherited(await readDocument(system.database, environmentId)), source);
      assert.equal(await copiedStates(environmentId), FEATURES + OVERRIDES);
    });

    async function insertSource(): Promise<number> {
      const { sql, db } = system.database;
      const projectId = await insertProject(sql);
      const environmentId = await insertEnvironment(sql, projectId, { use_v2_feature_versioning: v2 });
      await sql`
        INSERT INTO features_feature (
          name, created_date, project_id, initial_value, default_enabled, type, is_archived, is_server_key_only, uuid
        )
        SELECT
          'feature ' || n, now() - interval '1 day', ${projectId}, 'value ' || n, n % 2 = 0, 'MULTIVARIATE', false, false,
          gen_random_uuid()
        FROM generate_series(1, ${FEATURES}::integer) AS n`;
      await sql`
        INSERT INTO multivariate_multivariatefeatureoption
          (uuid, feature_id, type, string_value, default_percentage_allocation)
        SELECT gen_random_uuid(), id, 'unicode', 'blue', 30 FROM features_feature`;
      await callableActivities(db, FEATURES).createInitialFeatureStatesForEnvironment({ environmentId });
      await overrideSome(environmentId, await insertSegment(sql, projectId));
      return environmentId;
    }

    async function overrideSome(environmentId: number, segmentId: number): Promise<void> {
      await system.database.sql`
        WITH feature_default AS (
          SELECT feature_id, version, live_from, environment_feature_version_id AS version_id
          FROM features_featurestate WHERE environment_id = ${environmentId} ORDER BY feature_id LIMIT ${OVERRIDES}
        ), feature_segment AS (
          INSERT INTO features_featuresegment
            (priority, feature_id, segment_id, environment_id, enabled, uuid, environment_feature_version_id)
          SELECT feature_id % 7, feature_id, ${segmentId}, ${environmentId}, true, gen_random_uuid(), version_id
          FROM feature_default
          RETURNING id, feature_id
        )
        INSERT INTO features_featurestate (
          uuid, environment_id, feature_id, feature_segment_id, enabled, version, live_from, created_at, updated_at,
          environment_feature_version_id
        )
        SELECT
          gen_random_uuid(), ${environmentId}, feature_id, feature_segment.id, true, version, live_from, now(), now(),
          version_id
        FROM feature_default JOIN feature_segment USING (feature_id)`;
    }

    /** The clone's id, once some of its states are there. */
    async function halfCopied(): Promise<number> {
      for (;;) {
        const [clone] = await system.database.sql<{ id: number }[]>`
          SELECT id FROM environments_environment WHERE name = 'Clone'`;
        if (clone && (await copiedStates(clone.id)) > 0) return clone.id;
        await delay(20);
      }
    }

    async function copiedStates(environmentId: number): Promise<number> {
      const [count] = await system.database.sql<{ states: number }[]>`
        SELECT count(*)::integer AS states FROM features_featurestate WHERE environment_id = ${environmentId}`;
      return count!.states;
    }

    /** Whenever the clone's document is seen, the clone is not flagged any more. */
    async function untilWritten(environmentId: number, completion: Promise<unknown>): Promise<void> {
      let isWritten = false;
      while (!isWritten) {
        isWritten = (await storedItems(system, environmentId)).v1 !== undefined;
        const [clone] = await system.database.sql`
          SELECT is_creating FROM environments_environment WHERE id = ${environmentId}`;
        assert.ok(!isWritten || clone!['is_creating'] === false, 'written while the flag was up');
        await delay(20);
      }
      await completion;
    }
  });
}
