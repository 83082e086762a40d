import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { insertSyncRequest } from '../../src/db/syncRequests.js';
import { isSyncRunning } from '../../src/verify/isSyncRunning.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { settle } from './environments.js';

describe('isSyncRunning', () => {
  const system = useSystem();
  const isRunning = (id: number) => isSyncRunning(system.client, system.database.name, id);
  const untilState = async (id: number, wanted: string) => {
    for (;;) {
      const state = await system
        .syncOf(id)
        .query<{ state: string }>('status')
        .then(
          ({ state }) => state,
          () => undefined,
        );
      if (state === wanted) return;
      await delay(50);
    }
  };

  it('is true of a sync that waits for seeding, and false of one that only waits for a scheduled change, or of none', async () => {
    const { sql, db } = system.database;
    const projectId = await insertProject(sql);
    const featureId = await insertFeature(sql, projectId, 'banner');
    const [creating, scheduled, none] = [
      await insertEnvironment(sql, projectId, { is_creating: true }),
      await insertEnvironment(sql, projectId),
      await insertEnvironment(sql, projectId),
    ];
    for (const id of [scheduled, none]) await insertFeatureState(sql, id, featureId);
    await sql`
      UPDATE features_featurestate SET live_from = now() + interval '1 day' WHERE environment_id = ${scheduled}`;
    await settle(system); // A later change would begin another write while the sync is asked.
    await system.startWorker();
    await insertSyncRequest(db, creating);
    await untilState(creating, 'waiting for seeding');
    assert.equal(await isRunning(creating), true);
    await insertSyncRequest(db, scheduled);
    await untilState(scheduled, 'waiting for a scheduled change');
    assert.equal(await isRunning(scheduled), false);
    assert.equal(await isRunning(999_999), false);
  });
});
