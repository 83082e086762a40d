/**
 * Records a history of each path of each workflow, as this release runs it, into `histories`: `npm run record-histories`.
 * Run before a release; histories of earlier releases stay, as their workflows may still be running.
 */
import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import { changeRecorded, syncStatus } from '../../src/workflows/contract.js';
import { pauseSweep, resumeSweep, sweepProgress } from '../../src/workflows/sweepContract.js';
import type { environmentDocumentSync } from '../../src/workflows/index.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { timerDelaysMs } from '../support/sync.js';
import { useSystem } from '../support/system.js';
import { storeHistory } from './storedHistory.js';

describe('the history of', () => {
  const system = useSystem();
  let projectId: number;
  let featureId: number;

  before(async () => {
    projectId = await insertProject(system.database.sql);
    featureId = await insertFeature(system.database.sql, projectId, 'first', { initial_value: 'one' });
    await system.startWorker();
  });

  const start = (type: string, input: object) =>
    system.client.workflow.start(type, { workflowId: type, taskQueue: system.taskQueue, args: [input] });
  async function record(path: string, handle: WorkflowHandle, outcome: 'completes' | 'fails'): Promise<void> {
    const ended = await handle.result().then(
      () => 'completes',
      () => 'fails',
    );
    assert.equal(ended, outcome);
    storeHistory(path, await handle.fetchHistory());
  }
  async function untilRunning(environmentId: number, attempt: number): Promise<void> {
    const reached = () =>
      system
        .syncOf(environmentId)
        .query(syncStatus)
        .then(
          (status) => status.attempt >= attempt,
          () => false,
        );
    while (!(await reached())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** The workflow has seen the signal: a workflow task was completed after it. */
  async function untilSignalTaken(environmentId: number): Promise<void> {
    const isTaken = async () => {
      const { events } = await system.syncOf(environmentId).fetchHistory();
      const last = (is: (event: NonNullable<typeof events>[number]) => unknown) =>
        events?.findLastIndex(is) ?? -1;
      return (
        last((event) => event.workflowTaskCompletedEventAttributes) >
        last((event) => event.workflowExecutionSignaledEventAttributes)
      );
    };
    while (!(await isTaken())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it('a sync that writes at once', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId);
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilRunning(environmentId, 1);
    await record('sync-written', system.syncOf(environmentId), 'completes');
  });

  it('a sync that is signalled while it looks', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId);
    await system.database.sql`DELETE FROM document_sync.outbox`;
    await system.database.sql.begin(async (tx) => {
      await tx`LOCK TABLE features_feature IN ACCESS EXCLUSIVE MODE`;
      await system.database.sql`
        INSERT INTO document_sync.outbox (project_id, environment_id, source) VALUES (${projectId}, ${environmentId}, 'audit_log')`;
      await untilRunning(environmentId, 1);
      await system.syncOf(environmentId).signal(changeRecorded, { changedAt: '2026-01-01T00:00:00.000000' });
      await untilSignalTaken(environmentId);
    });
    await record('sync-signalled', system.syncOf(environmentId), 'completes');
  });

  it('a sync that is woken by the end of the seeding', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { is_creating: true });
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilRunning(environmentId, 2);
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await system.database
      .sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
    await record('sync-woken', system.syncOf(environmentId), 'completes');
  });

  it('a sync that gives up', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { is_creating: true });
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilRunning(environmentId, 1);
    await record('sync-seeding-timed-out', system.syncOf(environmentId), 'fails');
  });

  /** An environment whose document changes by itself in a second. */
  async function insertScheduled(): Promise<number> {
    const { sql } = system.database;
    const environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, featureId, 'now');
    const stateId = await insertFeatureState(sql, environmentId, featureId, 'then');
    await sql`
      UPDATE features_featurestate SET version = 2, live_from = clock_timestamp() + interval '1 s' WHERE id = ${stateId}`;
    return environmentId;
  }

  it('a sync that waits for a scheduled change', async () => {
    const environmentId = await insertScheduled();
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilRunning(environmentId, 1);
    await record('sync-scheduled', system.syncOf(environmentId), 'completes');
  });

  it('a sync that is refused, with a scheduled change ahead', async () => {
    const environmentId = await insertScheduled();
    await system.database.sql`
      UPDATE features_featurestate SET uuid = ('00000000-0000-1000-8000-' || lpad(id::text, 12, '0'))::uuid
      WHERE environment_id = ${environmentId} AND version = 1`;
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilRunning(environmentId, 1);
    const { runId } = await system.syncOf(environmentId).describe();
    const { workflowId } = system.syncOf(environmentId);
    await record('sync-refused', system.client.workflow.getHandle(workflowId, runId), 'fails');
  });

  /** A sync of its own, beside the one that the triggers start, with a short time between its two deletions. */
  const startDeleting = (path: string, environmentId: number, deleteAgainAfterMs = 300) =>
    system.client.workflow.start<typeof environmentDocumentSync>('environmentDocumentSync', {
      workflowId: path,
      taskQueue: system.taskQueue,
      args: [{ environmentId, deleteAgainAfterMs }],
    });

  it('a sync that deletes', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { deleted_at: new Date() });
    await record('sync-deleted', await startDeleting('sync-deleted', environmentId), 'completes');
  });

  it('a sync that deletes until the environment is restored', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { deleted_at: new Date() });
    const sync = await startDeleting('sync-restored', environmentId, 60_000);
    const isWaiting = async () => timerDelaysMs(await sync.fetchHistory()).length > 0;
    while (!(await isWaiting())) await new Promise((resolve) => setTimeout(resolve, 20));
    await system.database
      .sql`UPDATE environments_environment SET deleted_at = NULL WHERE id = ${environmentId}`;
    await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:00.000000' });
    await record('sync-restored', sync, 'completes');
  });

  it('a sync that is paused between two deletions', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { deleted_at: new Date() });
    const sync = await system.client.workflow.start<typeof environmentDocumentSync>(
      'environmentDocumentSync',
      {
        workflowId: 'sync-paused',
        taskQueue: system.taskQueue,
        args: [{ environmentId, deleteAgainAfterMs: 1_500, showState: true }],
      },
    );
    const isWaiting = async () => timerDelaysMs(await sync.fetchHistory()).length > 0;
    while (!(await isWaiting())) await new Promise((resolve) => setTimeout(resolve, 20));
    await pauseSyncs(system.database);
    await record('sync-paused', sync, 'completes');
    assert.equal((await sync.result()).outcome, 'paused');
    await resumeSyncs(system.database);
  });

  it('a sync that deletes what an old key left', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId);
    await system.database
      .sql`UPDATE environments_environment SET api_key = 'another key' WHERE id = ${environmentId}`;
    await record('sync-key-changed', await startDeleting('sync-key-changed', environmentId), 'completes');
  });

  it('a rebuild with a scheduled change ahead', async () => {
    const environmentId = await insertScheduled();
    await record(
      'rebuild-scheduled',
      await start('rebuildEnvironmentDocument', { environmentId }),
      'completes',
    );
  });

  it('a rebuild', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId);
    await record(
      'rebuild-written',
      await start('rebuildEnvironmentDocument', { environmentId }),
      'completes',
    );
  });

  it('a rebuild that is refused', async () => {
    await record(
      'rebuild-refused',
      await start('rebuildEnvironmentDocument', { environmentId: 'x' }),
      'fails',
    );
  });

  it('a rebuild of many environments', async () => {
    const sweepProjectId = await insertProject(system.database.sql);
    for (let n = 0; n < 3; n++) await insertEnvironment(system.database.sql, sweepProjectId);
    const input = { projectId: sweepProjectId, pageSize: 2 };
    await record('rebuild-many', await start('rebuildEnvironmentDocuments', input), 'completes');
  });

  it('a verification of all environments', async () => {
    const sweepProjectId = await insertProject(system.database.sql);
    for (let n = 0; n < 3; n++) await insertEnvironment(system.database.sql, sweepProjectId);
    await insertFeature(system.database.sql, sweepProjectId, 'never seeded');
    const input = { all: true, repair: true, seedMissing: true, pageSize: 5 };
    await record('verify-all', await start('verifyEnvironmentDocuments', input), 'completes');
  });

  /** A project with so many environments, none of which has been written. */
  async function insertManyEnvironments(count: number): Promise<number> {
    const sweepProjectId = await insertProject(system.database.sql);
    for (let n = 0; n < count; n++) await insertEnvironment(system.database.sql, sweepProjectId);
    return sweepProjectId;
  }
  const startSweep = (path: string, type: string, input: object) =>
    system.client.workflow.start(type, { workflowId: path, taskQueue: system.taskQueue, args: [input] });
  const untilWorking = async (sweep: WorkflowHandle) => {
    while ((await sweep.query(sweepProgress)).done === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('a rebuild of many environments that is paused, and resumed', async () => {
    const input = { projectId: await insertManyEnvironments(6), pageSize: 1, writeUnitsPerSecond: 4 };
    const sweep = await startSweep('rebuild-many-paused', 'rebuildEnvironmentDocuments', input);
    await untilWorking(sweep);
    await sweep.signal(pauseSweep);
    while ((await sweep.query(sweepProgress)).state !== 'paused')
      await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await sweep.signal(resumeSweep);
    await record('rebuild-many-paused', sweep, 'completes');
  });

  it('a rebuild of many environments that is cancelled', async () => {
    const input = { projectId: await insertManyEnvironments(20), pageSize: 1, writeUnitsPerSecond: 4 };
    const sweep = await startSweep('rebuild-many-cancelled', 'rebuildEnvironmentDocuments', input);
    await untilWorking(sweep);
    await sweep.cancel();
    await record('rebuild-many-cancelled', sweep, 'fails');
  });

  it('a rebuild of many environments that goes on in a new run', async () => {
    const input = { projectId: await insertManyEnvironments(90), pageSize: 1 };
    const sweep = await startSweep('rebuild-many-continued', 'rebuildEnvironmentDocuments', input);
    await sweep.result();
    const { workflowId, firstExecutionRunId } = sweep;
    const first = system.client.workflow.getHandle(workflowId, firstExecutionRunId);
    storeHistory('rebuild-many-continued', await first.fetchHistory());
  });

  it('a rebuild of many environments that only counts them', async () => {
    const input = { projectId: await insertManyEnvironments(2), dryRun: true };
    const sweep = await startSweep('rebuild-many-dry-run', 'rebuildEnvironmentDocuments', input);
    await record('rebuild-many-dry-run', sweep, 'completes');
  });

  it('a rebuild of many environments that is refused', async () => {
    const sweep = await startSweep('rebuild-many-refused', 'rebuildEnvironmentDocuments', {});
    await record('rebuild-many-refused', sweep, 'fails');
  });

  it('a verification of environments by id, of which one is deleted', async () => {
    const { sql } = system.database;
    const sweepProjectId = await insertProject(sql);
    const environmentIds = [
      await insertEnvironment(sql, sweepProjectId),
      await insertEnvironment(sql, sweepProjectId, { deleted_at: new Date() }),
    ];
    const sweep = await startSweep('verify-some', 'verifyEnvironmentDocuments', { environmentIds });
    await record('verify-some', sweep, 'completes');
  });

  it('a verification that is refused', async () => {
    const sweep = await startSweep('verify-refused', 'verifyEnvironmentDocuments', { all: 'yes' });
    await record('verify-refused', sweep, 'fails');
  });

  it('a rebuild that gives up', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { is_creating: true });
    const seedingPolls = { initialDelayMs: 100, maxDelayMs: 1_000, maxAttempts: 3 };
    const rebuild = await startSweep('rebuild-timed-out', 'rebuildEnvironmentDocument', {
      environmentId,
      seedingPolls,
    });
    await record('rebuild-timed-out', rebuild, 'fails');
  });

  it('a sync that waits for what no flag announced, and writes without it', async () => {
    const { sql } = system.database;
    const inferredProjectId = await insertProject(sql);
    // An environment without a document waits until the feature is a minute old.
    const young = { created_date: new Date(Date.now() - 50_000) };
    const environmentId = await insertEnvironment(sql, inferredProjectId, young);
    await insertFeature(sql, inferredProjectId, 'young', young);
    const sync = await system.client.workflow.start('environmentDocumentSync', {
      workflowId: 'sync-inferred',
      taskQueue: system.taskQueue,
      args: [{ environmentId, seedingPolls: { initialDelayMs: 500, maxDelayMs: 60_000, maxAttempts: 3 } }],
    });
    await record('sync-inferred', sync, 'completes');
    assert.ok(timerDelaysMs(await sync.fetchHistory()).length > 0);
  });

  it('a sync that goes on in a new run in the middle of a wait, as its history gets long', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { is_creating: true });
    const seedingPolls = { initialDelayMs: 1_000, maxDelayMs: 1_000, maxAttempts: 1_000 };
    const sync = await system.client.workflow.start('environmentDocumentSync', {
      workflowId: 'sync-continued',
      taskQueue: system.taskQueue,
      args: [{ environmentId, seedingPolls }],
    });
    // The test server suggests a new run from 500 events on.
    for (let sent = 0; sent < 500; sent++)
      await sync.signal(changeRecorded, {
        changedAt: `2026-01-01T00:00:00.${String(sent).padStart(6, '0')}`,
      });
    while ((await sync.describe()).runId === sync.firstExecutionRunId)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const first = system.client.workflow.getHandle(sync.workflowId, sync.firstExecutionRunId);
    storeHistory('sync-continued', await first.fetchHistory());
    await sync.terminate();
  });

  it('a sync that goes on in a new run between two changes', async () => {
    const { sql } = system.database;
    const environmentId = await insertScheduled();
    await sql`
      UPDATE features_featurestate SET live_from = now() + interval '1 hour'
      WHERE environment_id = ${environmentId} AND version = 2`;
    const sync = system.syncOf(environmentId);
    const isWaiting = () =>
      sync.query(syncStatus).then(
        ({ state }) => state === 'waiting for a scheduled change',
        () => false,
      );
    const runId = () =>
      sync.describe().then(
        (described) => described.runId,
        () => undefined,
      );
    let first: string | undefined;
    do {
      await insertAuditLog(sql, { projectId, environmentId });
      while ((await sql`SELECT FROM document_sync.outbox`).length > 0 || !(await isWaiting()))
        await new Promise((resolve) => setTimeout(resolve, 20));
      first ??= await runId();
    } while ((await runId()) === first);
    const history = await system.client.workflow.getHandle(sync.workflowId, first).fetchHistory();
    storeHistory('sync-continued-between-changes', history);
    await sync.terminate();
  });

  it('a sync whose scheduled change is called off', async () => {
    const { sql } = system.database;
    const environmentId = await insertScheduled();
    await insertAuditLog(sql, { projectId, environmentId });
    await untilRunning(environmentId, 1);
    while (timerDelaysMs(await system.syncOf(environmentId).fetchHistory()).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await sql`ALTER TABLE features_featurestate DISABLE TRIGGER USER`;
    await sql`DELETE FROM features_featurestatevalue WHERE feature_state_id IN
      (SELECT id FROM features_featurestate WHERE environment_id = ${environmentId} AND version = 2)`;
    await sql`DELETE FROM features_featurestate WHERE environment_id = ${environmentId} AND version = 2`;
    await sql`ALTER TABLE features_featurestate ENABLE TRIGGER USER`;
    const sync = system.syncOf(environmentId);
    await record('sync-not-due', sync, 'completes');
  });

  it('a sync of a project whose documents are not written', async () => {
    const { sql } = system.database;
    const otherProjectId = await insertProject(sql);
    await sql`UPDATE projects_project SET enable_dynamo_db = false WHERE id = ${otherProjectId}`;
    const environmentId = await insertEnvironment(sql, otherProjectId);
    await record('sync-not-written', await startDeleting('sync-not-written', environmentId), 'completes');
  });

  it('a completed seeding of an environment', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId, { is_creating: true });
    const finishing = await startSweep('finish-seeding-environment', 'finishSeeding', { environmentId });
    await record('finish-seeding-environment', finishing, 'completes');
  });

  it('a completed seeding of a feature', async () => {
    const { sql } = system.database;
    const seedingFeatureId = await insertFeature(sql, projectId, 'half-made', { is_creating: true });
    const input = { featureId: seedingFeatureId };
    await record(
      'finish-seeding-feature',
      await startSweep('finish-seeding-feature', 'finishSeeding', input),
      'completes',
    );
  });

  it('a seeding that there is not to complete', async () => {
    const environmentId = await insertEnvironment(system.database.sql, projectId);
    const finishing = await startSweep('finish-seeding-refused', 'finishSeeding', { environmentId });
    await record('finish-seeding-refused', finishing, 'fails');
  });

  it('a creation of a feature that is refused', async () => {
    const creating = await startSweep('create-feature-refused', 'createFeature', { projectId, name: '' });
    await record('create-feature-refused', creating, 'fails');
  });

  it('a creation that is cancelled after its first step, and goes on to its end', async () => {
    const creating = await startSweep('create-environment-cancelled', 'createEnvironment', {
      projectId,
      name: 'Cancelled',
    });
    const isInserted = async () => {
      const { events } = await creating.fetchHistory();
      return (events ?? []).some((event) => event.activityTaskCompletedEventAttributes);
    };
    while (!(await isInserted())) await new Promise((resolve) => setTimeout(resolve, 5));
    await creating.cancel();
    await record('create-environment-cancelled', creating, 'completes');
  });

  it('a creation of an environment', async () => {
    await record(
      'create-environment',
      await start('createEnvironment', { projectId, name: 'Production' }),
      'completes',
    );
  });

  it('a creation of a feature', async () => {
    const multivariateOptions = [{ value: 'b', defaultPercentageAllocation: 30 }];
    const input = { projectId, name: 'second', multivariateOptions };
    await record('create-feature', await start('createFeature', input), 'completes');
  });

  it('a clone of an environment', async () => {
    const sourceEnvironmentId = await insertEnvironment(system.database.sql, projectId);
    await record(
      'clone-environment',
      await start('cloneEnvironment', { sourceEnvironmentId, name: 'Clone' }),
      'completes',
    );
  });

  it('a clone that is refused', async () => {
    await record('clone-environment-refused', await start('cloneEnvironment', { name: 'Clone' }), 'fails');
  });

  it('a creation that is refused', async () => {
    await record(
      'create-environment-refused',
      await start('createEnvironment', { projectId, name: '' }),
      'fails',
    );
  });
});
