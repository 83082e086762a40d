import assert from 'node:assert/strict';
import type { SyncDeps } from '../../src/activities/deps.js';
import { connectDatabase, type Database, type DatabaseSession } from '../../src/db/connect.js';
import { ENVIRONMENTS_AT_A_TIME, rebuildPage } from '../../src/sweeps/rebuildPage.js';
import { ENVIRONMENTS_TOGETHER, readTogether } from '../../src/sweeps/readTogether.js';
import type { RebuildPageInput, RebuildPageResult } from '../../src/workflows/sweepContract.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, mockActivity, storedItems, withPuts } from '../support/writer.js';

const COUNT = ENVIRONMENTS_TOGETHER + 5;

describe('a page of a rebuild, whose environments are read together', function () {
  this.timeout(60_000);
  const system = useSystem();
  let projectId: number;
  let environmentIds: number[];

  beforeEach(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    const featureId = await insertFeature(sql, projectId, 'banner');
    environmentIds = [];
    for (let n = 0; n < COUNT; n++) {
      const environmentId = await insertEnvironment(sql, projectId);
      await insertFeatureState(sql, environmentId, featureId, `value ${n}`);
      environmentIds.push(environmentId);
    }
  });

  const page = (deps: SyncDeps, more: Partial<RebuildPageInput> = {}): Promise<RebuildPageResult> =>
    mockActivity().run(() => rebuildPage(deps, { projectId, afterId: 0, pageSize: 100, ...more }));
  const stored = async (environmentId: number) => {
    const { v1, v2 } = await storedItems(system, environmentId);
    return { name: v1?.['name']?.S, order: v1?.['document_sync']?.M?.['order']?.S, v2: v2 !== undefined };
  };
  const rename = (ids: number[]) =>
    system.database
      .sql`UPDATE environments_environment SET name = 'renamed' WHERE id IN ${system.database.sql(ids)}`;

  it('writes each document of the snapshot that it shares with others', async () => {
    const { outcomes } = await page(createWriter(system).deps);
    assert.deepEqual(outcomes, { written: COUNT });
    const orders = await Promise.all(environmentIds.map(async (id) => (await stored(id)).order));
    assert.equal(new Set(orders.slice(0, ENVIRONMENTS_AT_A_TIME)).size, 1);
  });

  it('holds the one that was being seeded in that snapshot, and writes the others', async () => {
    const [seeding, ...others] = environmentIds as [number, ...number[]];
    await system.database.sql`UPDATE environments_environment SET is_creating = true WHERE id = ${seeding}`;
    const { outcomes, attention } = await page(createWriter(system).deps);
    assert.deepEqual(outcomes, { seeding: 1, written: others.length });
    assert.deepEqual(
      attention.map(({ environmentId }) => environmentId),
      [seeding],
    );
    assert.equal((await stored(seeding)).order, undefined);
  });

  it('reads each by itself where that is not possible together', async () => {
    const { deps } = createWriter(system);
    const { outcomes } = await page({ ...deps, db: refusingMerged(deps.db) });
    assert.deepEqual(outcomes, { written: COUNT });
    const orders = await Promise.all(environmentIds.map(async (id) => (await stored(id)).order));
    // Nearly one each, and not two in all: of those that are read at the same time two may be of the same microsecond.
    assert.ok(new Set(orders).size > COUNT / 2, `${new Set(orders).size} snapshots`);
  });

  it('reads anew what had to wait for seconds', async () => {
    let puts = 0;
    const dynamo = withPuts(system.dynamo, async () => {
      if (puts++ === 0) await rename(environmentIds);
    });
    const { outcomes } = await page({ ...createWriter(system).deps, dynamo }, { writeUnitsPerSecond: 8 });
    assert.deepEqual(outcomes, { written: COUNT });
    const names = await Promise.all(environmentIds.map(async (id) => (await stored(id)).name));
    assert.notEqual(names[0], 'renamed');
    assert.equal(names.at(-1), 'renamed');
  });

  it('leaves nothing under way where it is given up', async () => {
    const db = connectDatabase(system.database.url, { applicationName: 'given up' });
    for await (const { environmentId } of readTogether(
      { ...createWriter(system).deps, db },
      environmentIds,
    )) {
      assert.equal(environmentId, environmentIds[0]);
      break;
    }
    const [{ count }] = await system.database.sql<[{ count: number }]>`
      SELECT count(*)::integer AS count FROM pg_stat_activity
      WHERE application_name = 'given up' AND state <> 'idle'`;
    await db.end();
    assert.equal(count, 0);
  });
});

/** As if PostgreSQL could not answer for several environments at once. */
function refusingMerged(db: Database): Database {
  const transaction: Database['transaction'] = (work, mode) =>
    db.transaction((tx) => {
      const refusing: DatabaseSession = (strings, ...values) =>
        strings.some((text) => text.includes('statement_index')) ? tx`SELECT 1 / 0` : tx(strings, ...values);
      return work(Object.assign(refusing, { script: tx.script }));
    }, mode);
  const tag: DatabaseSession = (strings, ...values) => db(strings, ...values);
  return Object.assign(tag, { transaction, end: () => db.end() });
}
