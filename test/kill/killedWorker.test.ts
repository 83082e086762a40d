import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import type { createEnvironment, createFeature } from '../../src/workflows/index.js';
import { insertAuditLog, insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { timerDelaysMs } from '../support/sync.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';

const FEATURES = 7;

describe('a worker that is killed', function () {
  this.timeout(120_000);
  // Chunks so small that a seeding can be stopped between two of them.
  // Enough looks for the time that another worker takes to start on a slow machine.
  const system = useSystem({ CREATION_CHUNK_SIZE: '2', SEEDING_MAX_ATTEMPTS: '7' });
  let projectId: number;
  let featureIds: number[];

  beforeEach(async () => {
    projectId = await insertProject(system.database.sql);
    featureIds = [];
    for (let number = 0; number < FEATURES; number++) {
      featureIds.push(await insertFeature(system.database.sql, projectId, `feature ${number}`));
    }
  });

  const workers: ChildProcess[] = [];
  // Another test's worker would do what the one that is killed is to have left.
  afterEach(async () => {
    for (const worker of workers.splice(0)) await kill(worker);
  });

  async function spawnWorker(): Promise<ChildProcess> {
    const worker = await system.spawnWorker();
    workers.push(worker);
    return worker;
  }

  async function kill(worker: ChildProcess): Promise<void> {
    if (worker.signalCode !== null) return;
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }

  async function until(check: () => Promise<boolean>): Promise<void> {
    while (!(await check().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async function documentedFeatures(environmentId: number): Promise<number[] | undefined> {
    const { v1 } = await storedItems(system, environmentId);
    if (!v1) return undefined;
    const states = JSON.parse(gunzipSync(v1['feature_states']!.B!).toString()) as {
      feature: { id: number };
    }[];
    return states.map(({ feature }) => feature.id).sort((a, b) => a - b);
  }

  const statesPerPair = (column: 'environment_id' | 'feature_id', id: number) => system.database.sql<
    { states: number; values: number }[]
  >`
    SELECT count(*)::integer AS states, count(value.id)::integer AS values
    FROM features_featurestate AS state
    LEFT JOIN features_featurestatevalue AS value ON value.feature_state_id = state.id
    WHERE ${system.database.sql(`state.${column}`)} = ${id}
    GROUP BY environment_id, feature_id`;

  /** Holds the seeding up at the end of its first chunk while `meanwhile` runs: the last table of each is locked. */
  const holdingSeeding = <T>(meanwhile: () => Promise<T>) =>
    system.database.sql.begin(async (gate) => {
      await gate`LOCK TABLE multivariate_multivariatefeaturestatevalue IN SHARE MODE`;
      return { started: await meanwhile() };
    });

  it('in the middle of seeding an environment is replaced: each feature state once, and the complete document', async () => {
    const worker = await spawnWorker();
    const { started: creation } = await holdingSeeding(async () => {
      const started = await system.client.workflow.start<typeof createEnvironment>('createEnvironment', {
        workflowId: `create-environment-${projectId}`,
        taskQueue: system.taskQueue,
        args: [{ projectId, name: 'Production' }],
      });
      await until(async () => (await seededStates()) > 0);
      await kill(worker);
      return started;
    });
    await spawnWorker();
    const { environmentId } = await creation.result();
    await until(async () => (await documentedFeatures(environmentId)) !== undefined);
    assert.deepEqual(await documentedFeatures(environmentId), featureIds);
    const pairs = await statesPerPair('environment_id', environmentId);
    assert.deepEqual([...pairs], Array(FEATURES).fill({ states: 1, values: 1 }));
    const audits = await system.database.sql`
      SELECT FROM audit_auditlog WHERE environment_id = ${environmentId} AND related_object_type = 'ENVIRONMENT'`;
    assert.equal(audits.length, 1);

    async function seededStates(): Promise<number> {
      const [count] = await system.database.sql<{ seeded: number }[]>`
        SELECT count(*)::integer AS seeded FROM features_featurestate
        JOIN environments_environment AS environment ON environment.id = environment_id
        WHERE environment.project_id = ${projectId}`;
      return count!.seeded;
    }
  });

  it('in the middle of seeding a feature is replaced: each feature state once, and complete documents', async () => {
    const environmentIds: number[] = [];
    for (let number = 0; number < 5; number++) {
      environmentIds.push(await insertEnvironment(system.database.sql, projectId));
    }
    const worker = await spawnWorker();
    const { started: creation } = await holdingSeeding(async () => {
      const started = await system.client.workflow.start<typeof createFeature>('createFeature', {
        workflowId: `create-feature-${projectId}`,
        taskQueue: system.taskQueue,
        args: [
          { projectId, name: 'new', multivariateOptions: [{ value: 'b', defaultPercentageAllocation: 30 }] },
        ],
      });
      await until(() => stateExists(environmentIds[0]!));
      await kill(worker);
      return started;
    });
    await spawnWorker();
    const { featureId } = await creation.result();
    for (const environmentId of environmentIds) {
      await until(async () => (await documentedFeatures(environmentId))?.includes(featureId) === true);
    }
    const pairs = await statesPerPair('feature_id', featureId);
    assert.deepEqual([...pairs], Array(environmentIds.length).fill({ states: 1, values: 1 }));
    const options = await system.database.sql`
      SELECT FROM multivariate_multivariatefeatureoption WHERE feature_id = ${featureId}`;
    assert.equal(options.length, 1);

    async function stateExists(environmentId: number): Promise<boolean> {
      const states = await system.database.sql`
        SELECT FROM features_featurestate WHERE environment_id = ${environmentId}`;
      return states.length > 0;
    }
  });

  it('while its sync waits for seeding loses nothing: the next worker waits on and writes', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { is_creating: true });
    const worker = await spawnWorker();
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await until(async () => timerDelaysMs(await system.syncOf(environmentId).fetchHistory()).length >= 2);
    const { workflowId, runId } = await system.syncOf(environmentId).describe();
    await kill(worker);
    await spawnWorker();
    await system.database
      .sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
    // The run that waited: where its timer was sooner than the word of the cleared flag, that has started another one.
    const sync = system.client.workflow.getHandle(workflowId, runId);
    await sync.result();
    assert.deepEqual(await documentedFeatures(environmentId), []);
    assert.deepEqual(timerDelaysMs(await sync.fetchHistory()).slice(0, 2), [1_000, 2_000]);
  });

  it('before it handed a change over leaves the change to the next one', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId);
    const worker = await spawnWorker();
    await kill(worker);
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await spawnWorker();
    await until(async () => (await documentedFeatures(environmentId)) !== undefined);
    // The document may be there before the relay has committed that the change is handed over.
    const left = () =>
      system.database.sql`SELECT FROM document_sync.outbox WHERE environment_id = ${environmentId}`;
    await until(async () => (await left()).length === 0);
  });
});
