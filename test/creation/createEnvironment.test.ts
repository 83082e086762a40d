import assert from 'node:assert/strict';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { createEnvironment } from '../../src/workflows/index.js';
import { insertFeature, insertProject, type ProjectSettings } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { cancelAndHear } from './cancellation.js';
import { holdFeatureStates } from './gate.js';
import { readStates, rowsAdded, watchFlags } from './rows.js';
import { historyText } from './workflowText.js';

describe('createEnvironment', () => {
  const system = useSystem({ CREATION_CHUNK_SIZE: '2' });
  before(() => system.startWorker());

  const start = (projectId: number, name = 'Production', description?: string) =>
    system.client.workflow.start<typeof createEnvironment>('createEnvironment', {
      workflowId: crypto.randomUUID(),
      taskQueue: system.taskQueue,
      args: [{ projectId, name, ...(description === undefined ? {} : { description }) }],
    });

  /** With a text, a number switched on, a deleted one, and a multivariate one; gives their ids. */
  async function insertFeatures(projectId: number) {
    const { sql } = system.database;
    const text = await insertFeature(sql, projectId, 'text', { initial_value: 'red' });
    const on = await insertFeature(sql, projectId, 'on', { initial_value: '42', default_enabled: true });
    await insertFeature(sql, projectId, 'deleted', { deleted_at: new Date() });
    const multivariate = await insertFeature(sql, projectId, 'multivariate', { type: 'MULTIVARIATE' });
    const options = await sql<{ id: number }[]>`
      INSERT INTO multivariate_multivariatefeatureoption
        (uuid, feature_id, type, string_value, default_percentage_allocation)
      SELECT gen_random_uuid(), ${multivariate}, 'unicode', 'blue', allocation FROM unnest('{30, 12.5}'::float8[]) AS allocation
      RETURNING id`;
    return { text, on, multivariate, options: options.map(({ id }) => id) };
  }

  for (const preventFlagDefaults of [false, true]) {
    const settings: Partial<ProjectSettings> = { prevent_flag_defaults: preventFlagDefaults };
    it(`makes the rows that Flagsmith makes${preventFlagDefaults ? ', where the project prevents flag defaults' : ''}`, async () => {
      const { sql } = system.database;
      const projectId = await insertProject(sql, settings);
      const features = await insertFeatures(projectId);
      let environmentId = 0;
      const added = await rowsAdded(sql, async () => {
        ({ environmentId } = await (await start(projectId, 'Staging', 'for tests')).result());
      });

      assert.deepEqual(added, {
        environments_environment: 1,
        audit_auditlog: 1,
        features_featurestate: 3,
        features_featurestatevalue: 3,
        multivariate_multivariatefeaturestatevalue: 2,
      });
      const state = {
        environment_id: environmentId,
        enabled: false,
        version: 1,
        type: 'unicode',
        value: null,
      };
      const given = preventFlagDefaults
        ? { text: {}, on: {} }
        : { text: { value: 'red' }, on: { enabled: true, type: 'int', value: 42 } };
      assert.deepEqual(await readStates(sql, projectId), [
        { ...state, feature_id: features.text, multivariate: [], ...given.text },
        { ...state, feature_id: features.on, multivariate: [], ...given.on },
        {
          ...state,
          feature_id: features.multivariate,
          multivariate: [
            { option_id: features.options[0], percentage: 30 },
            { option_id: features.options[1], percentage: 12.5 },
          ],
        },
      ]);
    });
  }

  it('gives the environment the columns that Flagsmith gives it', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const { environmentId } = await (await start(projectId, 'Staging', 'for tests')).result();
    const [environment] = await sql`SELECT * FROM environments_environment WHERE id = ${environmentId}`;
    const { id, uuid, api_key, created_date, updated_at, ...columns } = environment!;
    assert.deepEqual(Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)), {
      name: 'Staging',
      description: 'for tests',
      project_id: projectId,
      is_creating: false,
      webhooks_enabled: false,
      allow_client_traits: true,
      use_mv_v2_evaluation: true,
      hide_sensitive_data: false,
      use_v2_feature_versioning: false,
      use_identity_overrides_in_local_eval: true,
    });
    assert.equal(id, environmentId);
    assert.match(uuid as string, UUID_4);
    assert.match(api_key as string, /^[A-Za-z0-9]{22}$/);
    assert.ok(Math.abs(Date.now() - (created_date as Date).getTime()) < 60_000);
    assert.deepEqual(updated_at, created_date);
  });

  it('makes feature states that are live at once, with version 4 uuids throughout', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    await insertFeatures(projectId);
    const { environmentId } = await (await start(projectId)).result();
    const states = await sql<{ is_live: boolean; uuids: string[] }[]>`
      SELECT
        live_from <= clock_timestamp() AND live_from > clock_timestamp() - interval '1 minute' AS is_live,
        array_remove(array[state.uuid, value.uuid, mv.uuid], NULL)::text[] AS uuids
      FROM features_featurestate AS state
      JOIN features_featurestatevalue AS value ON value.feature_state_id = state.id
      LEFT JOIN multivariate_multivariatefeaturestatevalue AS mv ON mv.feature_state_id = state.id
      WHERE environment_id = ${environmentId}`;
    assert.equal(states.length, 4);
    for (const { is_live, uuids } of states) {
      assert.equal(is_live, true);
      for (const uuid of uuids) assert.match(uuid, UUID_4);
    }
  });

  it('leaves one audit row, which triggers a write of this environment', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    await insertFeatures(projectId);
    const { environmentId } = await (await start(projectId, 'Staging')).result();
    const rows = await sql`SELECT * FROM audit_auditlog WHERE project_id = ${projectId}`;
    assert.equal(rows.length, 1);
    const { id, created_date, ...columns } = rows[0]!;
    assert.ok(id && created_date instanceof Date);
    assert.deepEqual(Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)), {
      log: 'New Environment created: Staging',
      project_id: projectId,
      environment_id: environmentId,
      related_object_id: environmentId,
      related_object_type: 'ENVIRONMENT',
      is_system_event: false,
    });
  });

  it('shows the environment flagged and audited before its first feature state, and unflagged only after its last', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    await insertFeatures(projectId);
    const flags = await watchFlags(sql, 'environments_environment');
    const gate = await holdFeatureStates(sql);
    const workflow = await start(projectId);
    await gate.untilWaitedFor();

    const [seen] = await sql`
      SELECT
        (SELECT is_creating FROM environments_environment WHERE project_id = ${projectId}) AS is_creating,
        (SELECT count(*)::integer FROM audit_auditlog WHERE project_id = ${projectId}) AS audit_logs`;
    assert.deepEqual(seen, { is_creating: true, audit_logs: 1 });
    assert.equal((await readStates(sql, projectId)).length, 0);
    await gate.open();
    await workflow.result();
    assert.deepEqual(await flags(), [true, true, false]);
    assert.equal((await readStates(sql, projectId)).length, 3);
  });

  it('finishes seeding and clears the flag when it is cancelled meanwhile', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    await insertFeatures(projectId);
    const gate = await holdFeatureStates(sql);
    const workflow = await start(projectId);
    await gate.untilWaitedFor();
    await cancelAndHear(workflow);
    await gate.open();

    await workflow.result();
    assert.equal((await readStates(sql, projectId)).length, 3);
    const flagged =
      await sql`SELECT FROM environments_environment WHERE project_id = ${projectId} AND is_creating`;
    assert.equal(flagged.length, 0);
  });

  it('keeps the api key out of its history', async () => {
    const { sql } = system.database;
    const workflow = await start(await insertProject(sql), 'named in the history');
    const { environmentId } = await workflow.result();
    const [row] = await sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE id = ${environmentId}`;
    const history = await historyText(workflow);
    assert.ok(history.includes('named in the history'));
    assert.ok(!history.includes(row!.api_key));
  });
});

describe('a worker without CREATION_ENABLED', () => {
  const system = useSystem({ CREATION_ENABLED: 'false' });
  before(() => system.startWorker());

  it('fails creations at once, and makes nothing', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const added = await rowsAdded(sql, () =>
      assert.rejects(
        system.client.workflow.execute<typeof createEnvironment>('createEnvironment', {
          workflowId: crypto.randomUUID(),
          taskQueue: system.taskQueue,
          args: [{ projectId, name: 'Production' }],
        }),
        (error: unknown) => {
          const cause = (error as WorkflowFailedError).cause?.cause;
          assert.ok(cause instanceof ApplicationFailure);
          assert.equal(cause.type, 'CreationDisabled');
          assert.match(cause.message, /CREATION_ENABLED=true/);
          return true;
        },
      ),
    );
    assert.deepEqual(added, {});
  });
});

const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
