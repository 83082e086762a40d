import assert from 'node:assert/strict';
import type { createEnvironment } from '../../src/workflows/index.js';
import { holdFeatureStates } from '../creation/gate.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { untilTrue } from '../workflows/scripted.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync finish-seeding', () => {
  const system = useSystem();
  before(() => system.startWorker());

  let projectId: number;
  let environmentId: number;
  let missing: number;
  beforeEach(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId, { is_creating: true });
    await insertFeatureState(sql, environmentId, await insertFeature(sql, projectId, 'there'));
    missing = await insertFeature(sql, projectId, 'missing');
  });

  const finish = (...args: string[]) => envsync(['finish-seeding', ...args], system.env);
  const flagOf = async (id: number) => {
    const [row] = await system.database.sql<{ is_creating: boolean }[]>`
      SELECT is_creating FROM environments_environment WHERE id = ${id}`;
    return row?.is_creating;
  };

  it('without a terminal and without --yes only shows what is missing, and ends with status 1', async () => {
    const { status, stdout, stderr } = await finish('environment', String(environmentId));
    assert.equal(status, 1);
    assert.match(
      stdout,
      new RegExp(`environment ${environmentId} "Production", project ${projectId}, is up`),
    );
    assert.match(stdout, /Something is missing in 1 of 2 features/);
    assert.ok(stdout.includes(`feature ${missing}: no feature state`), stdout);
    assert.match(stdout, /If it was to be a clone, no more is copied from its source/);
    assert.match(stderr, /Nothing was done/);
    assert.equal(await flagOf(environmentId), true);
  });

  it('with --yes makes what is missing, clears the flag, and prints one object with --json', async () => {
    const { status, stdout, stderr } = await finish('environment', String(environmentId), '--yes', '--json');
    assert.equal(status, 0, stderr);
    const workflowId = `finish-seeding/${system.database.name}/environment/${environmentId}`;
    assert.deepEqual(JSON.parse(stdout), {
      environmentId,
      name: 'Production',
      projectId,
      lacksOptions: false,
      pairsCount: 2,
      counts: { feature_state: 1, value: 0, multivariate_values: 0 },
      examples: [{ environmentId, featureId: missing, lacks: 'feature_state' }],
      isFinished: true,
      featureStatesCount: 1,
      workflowId,
      link: `http://localhost:8233/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
    });
    assert.match(stderr, /missing feature states made: 1\n +seeding flag taken down/);
    assert.equal(await flagOf(environmentId), false);
  });

  it('shows which environments lack what of a feature, and that its options are lost', async () => {
    const { sql } = system.database;
    const columns = { is_creating: true, type: 'MULTIVARIATE' };
    const featureId = await insertFeature(sql, projectId, 'colour', columns);
    const state = await insertFeatureState(sql, environmentId, featureId);
    await sql`DELETE FROM features_featurestatevalue WHERE feature_state_id = ${state}`;
    const { status, stdout } = await finish('feature', String(featureId));
    assert.equal(status, 1);
    assert.ok(stdout.includes(`environment ${environmentId}: a feature state without its value`), stdout);
    assert.match(stdout, /multivariate and has no options/);
  });

  it('refuses, naming the workflow, while a creation is still at work', async () => {
    const { sql } = system.database;
    const gate = await holdFeatureStates(sql);
    const creation = await system.client.workflow.start<typeof createEnvironment>('createEnvironment', {
      workflowId: crypto.randomUUID(),
      taskQueue: system.taskQueue,
      args: [{ projectId, name: 'Slow' }],
    });
    await gate.untilWaitedFor();
    // Temporal lists it a moment after its start: the command waits ten seconds of its environment's life for that.
    const listed = () => system.client.workflow.count(`WorkflowId = '${creation.workflowId}'`);
    await untilTrue(async () => (await listed()).count > 0);
    const [slow] = await sql<{ id: number }[]>`
      UPDATE environments_environment SET created_date = now() - interval '1 minute' WHERE name = 'Slow' RETURNING id`;
    const { status, stderr } = await finish('environment', String(slow!.id), '--yes');
    const heldUp = await flagOf(slow!.id);
    await gate.open();
    await creation.result();
    assert.equal(status, 1);
    assert.ok(stderr.includes(`the workflow ${creation.workflowId} is still creating environment`), stderr);
    assert.equal(heldUp, true);
  });

  it('refuses where there is nothing to finish', async () => {
    const settled = await insertEnvironment(system.database.sql, projectId);
    const down = await finish('environment', String(settled), '--yes');
    const unknown = await finish('feature', '999999', '--yes');
    assert.deepEqual([down.status, unknown.status], [1, 1]);
    assert.match(down.stderr, /Nothing to finish: environment \d+ is not being seeded/);
    assert.match(unknown.stderr, /Nothing to finish: there is no feature 999999/);
  });

  it('refuses where the worker is told to run no creations, and says what to set', async () => {
    const queue = { TEMPORAL_TASK_QUEUE: `${system.taskQueue}-off` };
    const worker = await system.startWorker({ ...queue, CREATION_ENABLED: 'false' });
    const args = ['finish-seeding', 'environment', String(environmentId), '--yes'];
    const { status, stderr } = await envsync(args, { ...system.env, ...queue });
    worker.stop();
    await worker.finished;
    assert.equal(status, 1);
    assert.match(stderr, /set CREATION_ENABLED=true/);
  });
});
