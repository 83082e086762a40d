import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { WorkflowNotFoundError } from '@temporalio/client';
import postgres from 'postgres';
import { syncStatus } from '../../src/workflows/contract.js';
import { silently } from '../support/database.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { timerDelaysMs } from '../support/sync.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';

describe('an audit row, with the whole system running', () => {
  const system = useSystem();
  let projectId: number;
  let featureIds: number[];

  before(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    featureIds = [await insertFeature(sql, projectId, 'one'), await insertFeature(sql, projectId, 'two')];
    await system.startWorker();
  });

  const statusOf = (environmentId: number) =>
    system
      .syncOf(environmentId)
      .query(syncStatus)
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      });
  const startedTimers = (environmentId: number) =>
    system
      .syncOf(environmentId)
      .fetchHistory()
      .then(timerDelaysMs, () => undefined);
  async function featureStatesStored(environmentId: number): Promise<number | undefined> {
    const { v1 } = await storedItems(system, environmentId);
    return v1 && (JSON.parse(gunzipSync(v1['feature_states']!.B!).toString()) as unknown[]).length;
  }
  async function until<T>(
    get: () => Promise<T | undefined>,
    is: (value: T | undefined) => boolean,
  ): Promise<void> {
    while (!is(await get())) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seed = (environmentId: number) =>
    silently(system.database, async (silent) => {
      for (const id of featureIds) await insertFeatureState(silent, environmentId, id, 'seeded');
    });
  const clearFlag = (environmentId: number) =>
    system.database.sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;

  it('that is committed before the seeding waits for its end, and is written once, woken at once', async () => {
    const { sql } = system.database;
    const environmentId = await insertEnvironment(sql, projectId, {
      is_creating: true,
      created_date: new Date(),
    });
    await insertAuditLog(sql, { projectId, environmentId });
    await until(
      () => startedTimers(environmentId),
      (delaysMs) => delaysMs?.length === 3,
    );
    // The end of the seeding is all that the sync hears of: no other run follows the one that is looked at.
    const [first, second] = featureIds as [number, number];
    await silently(system.database, (silent) => insertFeatureState(silent, environmentId, first, 'seeded'));
    assert.equal(await featureStatesStored(environmentId), undefined);
    await silently(system.database, (silent) => insertFeatureState(silent, environmentId, second, 'seeded'));
    await clearFlag(environmentId);
    await system.syncOf(environmentId).result();
    assert.equal(await featureStatesStored(environmentId), featureIds.length);

    const history = await system.syncOf(environmentId).fetchHistory();
    assert.deepEqual(timerDelaysMs(history), [1_000, 2_000, 4_000]);
    assert.equal(history.events!.filter(({ timerCanceledEventAttributes: woken }) => woken).length, 1);
  });

  it('that is committed after the seeding is written without any wait', async () => {
    const { sql } = system.database;
    // What it does fires no trigger: the audit row alone brings the sync about.
    const silent = postgres(system.database.url, { connection: { session_replication_role: 'replica' } });
    let environmentId = 0;
    await sql.begin(async (late) => {
      environmentId = await insertEnvironment(silent, projectId, { created_date: new Date() });
      await insertAuditLog(late, { projectId, environmentId });
      for (const id of featureIds) await insertFeatureState(silent, environmentId, id, 'seeded');
      await silent.end();
      assert.equal(await statusOf(environmentId), undefined);
    });
    await until(
      () => featureStatesStored(environmentId),
      (count) => count === featureIds.length,
    );
    await system.syncOf(environmentId).result();
    assert.deepEqual(timerDelaysMs(await system.syncOf(environmentId).fetchHistory()), []);
  });

  it('of a feature that is being seeded holds back all environments of the project, and only those', async () => {
    const { sql } = system.database;
    const otherProjectId = await insertProject(sql);
    const other = await insertEnvironment(sql, otherProjectId);
    // No sync hears of them, and writes them, before the feature is there.
    const own = await silently(system.database, async (silent) => [
      await insertEnvironment(silent, projectId),
      await insertEnvironment(silent, projectId),
    ]);
    for (const environmentId of own) await seed(environmentId);
    const featureId = await insertFeature(sql, projectId, 'new', {
      is_creating: true,
      created_date: new Date(),
    });
    await insertAuditLog(sql, { projectId });
    await insertAuditLog(sql, { projectId: otherProjectId });
    await until(
      () => featureStatesStored(other),
      (count) => count === 0,
    );
    for (const environmentId of own) {
      await until(
        () => statusOf(environmentId),
        (status) => status?.state === 'waiting for seeding',
      );
      assert.equal(await featureStatesStored(environmentId), undefined);
      assert.ok(
        (await statusOf(environmentId))!.reasons.includes(
          `feature ${featureId} is being seeded (is_creating is up)`,
        ),
      );
    }
    for (const { id } of await sql<{ id: number }[]>`
      SELECT id FROM environments_environment WHERE project_id = ${projectId}`) {
      await insertFeatureState(sql, id, featureId, 'seeded');
    }
    await sql`UPDATE features_feature SET is_creating = false WHERE id = ${featureId}`;
    for (const environmentId of own) {
      await system.syncOf(environmentId).result();
      assert.equal(await featureStatesStored(environmentId), featureIds.length + 1);
    }
    await sql`UPDATE features_feature SET deleted_at = now() WHERE id = ${featureId}`;
  });

  it('whose seeding flag is never cleared ends as SeedingTimedOut, and the cleared flag starts it again', async () => {
    const { sql } = system.database;
    const environmentId = await insertEnvironment(sql, projectId, {
      is_creating: true,
      created_date: new Date(),
    });
    await insertAuditLog(sql, { projectId, environmentId });
    await until(
      () => statusOf(environmentId),
      (status) => status !== undefined,
    );
    await assert.rejects(system.syncOf(environmentId).result(), (error: Error) => {
      assert.equal((error.cause as { type?: string }).type, 'SeedingTimedOut');
      return true;
    });
    assert.deepEqual(timerDelaysMs(await system.syncOf(environmentId).fetchHistory()), [1_000, 2_000, 4_000]);
    assert.equal(await featureStatesStored(environmentId), undefined);
    await seed(environmentId);
    await clearFlag(environmentId);
    await until(
      () => featureStatesStored(environmentId),
      (count) => count === featureIds.length,
    );
  });
});
