import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { RunningWorker } from '../../src/worker.js';
import { type SyncState, syncStatus } from '../../src/workflows/contract.js';
import type { rebuildEnvironmentDocument } from '../../src/workflows/index.js';
import { silently } from '../support/database.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';

/** Whatever is to come before the change goes live fits into it, on a busy machine too. */
const SOON_S = 5;

describe('a scheduled change, with the whole system running', () => {
  const system = useSystem();
  let projectId: number;
  let featureId: number;
  let worker: RunningWorker;

  before(async () => {
    projectId = await insertProject(system.database.sql);
    featureId = await insertFeature(system.database.sql, projectId, 'banner');
    worker = await system.startWorker();
  });

  async function untilState(environmentId: number, expected: SyncState): Promise<void> {
    const state = () =>
      system
        .syncOf(environmentId)
        .query(syncStatus)
        .then(
          (status) => status.state,
          () => undefined,
        );
    while ((await state()) !== expected) await delay(20);
  }
  async function storedValue(environmentId: number): Promise<unknown> {
    const { v1 } = await storedItems(system, environmentId);
    if (!v1) return undefined;
    const states = JSON.parse(gunzipSync(v1['feature_states']!.B!).toString()) as {
      feature_state_value: unknown;
    }[];
    return states[0]?.feature_state_value;
  }
  async function untilStored(environmentId: number, value: string): Promise<void> {
    while ((await storedValue(environmentId)) !== value) await delay(20);
  }

  /**
   * An environment whose feature has one value now and another in some seconds, under v1 versioning. A sync hears of it
   * from whom the test lets tell it, once.
   */
  const scheduleState = (inSeconds: number) =>
    silently(system.database, async (sql) => {
      const environmentId = await insertEnvironment(sql, projectId);
      await insertFeatureState(sql, environmentId, featureId, 'now');
      const stateId = await insertFeatureState(sql, environmentId, featureId, 'then');
      const [state] = await sql<{ liveAtMs: number }[]>`
        UPDATE features_featurestate SET version = 2, live_from = clock_timestamp() + ${inSeconds} * interval '1 s'
        WHERE id = ${stateId}
        RETURNING 1000 * extract(epoch FROM live_from)::float8 AS "liveAtMs"`;
      return { environmentId, stateId, liveAtMs: state!.liveAtMs };
    });

  /** The same by a version that is published now for a moment ahead, under v2 versioning. */
  const scheduleVersion = (inSeconds: number) =>
    silently(system.database, async (sql) => {
      const environmentId = await insertEnvironment(sql, projectId, { use_v2_feature_versioning: true });
      let liveAtMs = 0;
      for (const [value, seconds] of [
        ['now', -60],
        ['then', inSeconds],
      ] as const) {
        const [version] = await sql<{ uuid: string; liveAtMs: number }[]>`
          INSERT INTO feature_versioning_environmentfeatureversion
            (uuid, environment_id, feature_id, created_at, updated_at, published_at, live_from)
          VALUES (gen_random_uuid(), ${environmentId}, ${featureId}, now(), now(), now(),
            clock_timestamp() + ${seconds} * interval '1 s')
          RETURNING uuid::text, 1000 * extract(epoch FROM live_from)::float8 AS "liveAtMs"`;
        const stateId = await insertFeatureState(sql, environmentId, featureId, value);
        await sql`
          UPDATE features_featurestate SET environment_feature_version_id = ${version!.uuid}, live_from = NULL
          WHERE id = ${stateId}`;
        ({ liveAtMs } = version!);
      }
      return { environmentId, liveAtMs };
    });

  for (const [versioning, schedule] of [
    ['v1', scheduleState],
    ['v2', scheduleVersion],
  ] as const) {
    it(`is in the document soon after it goes live, and not before, under ${versioning} versioning`, async () => {
      const { environmentId, liveAtMs } = await schedule(SOON_S);
      await insertAuditLog(system.database.sql, { projectId, environmentId });
      await untilState(environmentId, 'waiting for a scheduled change');
      assert.equal(await storedValue(environmentId), 'now');
      await untilStored(environmentId, 'then');
      assert.ok(Date.now() >= Math.floor(liveAtMs));
      assert.equal((await system.syncOf(environmentId).result()).outcome, 'written');
    });
  }

  it('holds back no other change of the environment', async () => {
    const { environmentId } = await scheduleState(3_600);
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilState(environmentId, 'waiting for a scheduled change');
    await system.database.sql`
      UPDATE features_featurestatevalue SET string_value = 'meanwhile'
      WHERE feature_state_id = (
        SELECT id FROM features_featurestate WHERE environment_id = ${environmentId} AND version = 1)`;
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilStored(environmentId, 'meanwhile');
    await untilState(environmentId, 'waiting for a scheduled change');
    await system.syncOf(environmentId).terminate();
  });

  it('that is cancelled without a word wakes no write', async () => {
    const { environmentId, stateId } = await scheduleState(SOON_S);
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilState(environmentId, 'waiting for a scheduled change');
    await silently(
      system.database,
      (sql) => sql`UPDATE features_featurestate SET deleted_at = now() WHERE id = ${stateId}`,
    );
    const { v1: before } = await storedItems(system, environmentId);
    assert.deepEqual(await system.syncOf(environmentId).result(), { outcome: 'not_due', seeding: false });
    const { v1 } = await storedItems(system, environmentId);
    assert.equal(v1?.['document_sync']?.M?.['order']?.S, before?.['document_sync']?.M?.['order']?.S);
  });

  it('that a rebuild comes across is handed to the environment’s sync', async () => {
    const { environmentId } = await scheduleState(SOON_S);
    const rebuild = await system.client.workflow.execute<typeof rebuildEnvironmentDocument>(
      'rebuildEnvironmentDocument',
      {
        workflowId: `rebuild-${environmentId}`,
        taskQueue: system.taskQueue,
        args: [{ environmentId }],
      },
    );
    assert.ok(rebuild.outcome === 'written' && rebuild.scheduled);
    await untilState(environmentId, 'waiting for a scheduled change');
    await untilStored(environmentId, 'then');
  });

  it('that goes live heals a document that was refused before', async () => {
    const { environmentId } = await scheduleState(SOON_S);
    await silently(
      system.database,
      (sql) => sql`
        UPDATE features_featurestate SET uuid = ('00000000-0000-1000-8000-' || lpad(id::text, 12, '0'))::uuid
        WHERE environment_id = ${environmentId} AND version = 1`,
    );
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    const status = () =>
      system
        .syncOf(environmentId)
        .describe()
        .then(
          (description) => description.status.name,
          () => undefined,
        );
    while ((await status()) !== 'FAILED') await delay(20);
    assert.equal(await storedValue(environmentId), undefined);
    await untilStored(environmentId, 'then');
  });

  it('that goes live while no worker is there is written by the next one', async () => {
    const { environmentId, stateId } = await scheduleState(SOON_S + 3); // A worker takes its time to stop.
    const { sql } = system.database;
    await insertAuditLog(sql, { projectId, environmentId });
    await untilState(environmentId, 'waiting for a scheduled change');
    worker.stop();
    await worker.finished;
    const timer = async () =>
      (await system.syncOf(environmentId).fetchHistory()).events?.some(
        ({ timerFiredEventAttributes }) => timerFiredEventAttributes,
      );
    assert.equal(await timer(), false, 'it went live while the worker was there');
    while (!(await timer())) await delay(50);
    const live = await sql`
      SELECT FROM features_featurestate WHERE id = ${stateId} AND live_from <= clock_timestamp()`;
    assert.equal(live.length, 1);
    assert.equal((await sql`SELECT FROM document_sync.outbox`).length, 0);
    assert.equal(await storedValue(environmentId), 'now');
    worker = await system.startWorker();
    await untilStored(environmentId, 'then');
    assert.equal((await system.syncOf(environmentId).result()).outcome, 'written');
  });
});
