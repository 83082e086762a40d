import assert from 'node:assert/strict';
import type { ApplicationFailure } from '@temporalio/common';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, storedItems, type Writer } from '../support/writer.js';

describe('writeDocument, with a scheduled change', () => {
  const system = useSystem();
  let writer: Writer;
  let projectId: number;
  let featureId: number;
  let environmentId: number;

  before(async () => {
    projectId = await insertProject(system.database.sql);
    featureId = await insertFeature(system.database.sql, projectId, 'banner');
  });
  beforeEach(async () => {
    const { sql } = system.database;
    writer = createWriter(system);
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, featureId, 'now');
  });

  /** Gives its `live_from`. */
  async function schedule(inSeconds: number): Promise<string> {
    const { sql } = system.database;
    const id = await insertFeatureState(sql, environmentId, featureId, 'then');
    const [row] = await sql<{ liveFrom: string }[]>`
      UPDATE features_featurestate SET version = 2, live_from = clock_timestamp() + ${inSeconds} * interval '1 s'
      WHERE id = ${id}
      RETURNING to_char(live_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "liveFrom"`;
    return row!.liveFrom;
  }
  const now = async () => {
    const [row] = await system.database.sql<{ now: string }[]>`
      SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS now`;
    return row!.now;
  };

  it('writes what is live and tells of the change ahead', async () => {
    const liveFrom = await schedule(3_600);
    const outcome = await writer.write({ environmentId });
    assert.ok(outcome.outcome === 'written' && outcome.scheduled);
    assert.equal(outcome.scheduled.liveFrom, liveFrom);
    assert.ok(outcome.scheduled.inMs > 3_590_000 && outcome.scheduled.inMs <= 3_600_000);
  });

  it('tells of nothing where nothing is scheduled', async () => {
    const outcome = await writer.write({ environmentId });
    assert.equal('scheduled' in outcome, false);
  });

  it('tells of the change ahead when it loses the race too', async () => {
    const liveFrom = await schedule(3_600);
    const { deps } = writer;
    const slow = createWriter(system, {
      // Another write overtakes this one between its read and its put.
      db: Object.assign(deps.db.bind(undefined), deps.db, {
        transaction: async <T>(...args: Parameters<typeof deps.db.transaction<T>>) => {
          const read = await deps.db.transaction(...args);
          await overtake();
          return read;
        },
      }),
    });
    let isOvertaken = false;
    async function overtake(): Promise<void> {
      if (isOvertaken) return;
      isOvertaken = true;
      await system.database.sql`UPDATE projects_project SET name = name`;
      await writer.write({ environmentId });
    }
    const outcome = await slow.write({ environmentId });
    assert.ok(outcome.outcome === 'superseded');
    assert.equal(outcome.scheduled?.liveFrom, liveFrom);
  });

  it('leaves the change in the details of a failure that stays', async () => {
    const liveFrom = await schedule(3_600);
    await system.database.sql`
      UPDATE features_featurestate SET uuid = ('00000000-0000-1000-8000-' || lpad(id::text, 12, '0'))::uuid
      WHERE environment_id = ${environmentId} AND version = 1`;
    const failure = (await writer
      .write({ environmentId })
      .catch((error: unknown) => error)) as ApplicationFailure;
    assert.equal(failure.type, 'UnreadableDocument');
    const [details] = failure.details as [{ environmentId: number; scheduled: { liveFrom: string } }];
    assert.equal(details.environmentId, environmentId);
    assert.equal(details.scheduled.liveFrom, liveFrom);
  });

  it('asked for a change that has gone live, writes it, with the lag since then', async () => {
    await writer.write({ environmentId });
    const onlyIfLiveSince = await now();
    const changedAt = await schedule(0);
    const outcome = await writer.write({ environmentId, onlyIfLiveSince, changedAt });
    assert.equal(outcome.outcome, 'written');
    assert.equal(await writer.writes('success'), 2);
    const { lag__ms } = writer.events.at(-1)!.fields as { lag__ms: number };
    assert.ok(lag__ms >= 0 && lag__ms < 10_000);
  });

  it('asked for a change that was cancelled, writes nothing', async () => {
    const onlyIfLiveSince = await now();
    assert.deepEqual(await writer.write({ environmentId, onlyIfLiveSince }), {
      outcome: 'not_due',
      seeding: false,
    });
    assert.equal((await storedItems(system, environmentId)).v1, undefined);
  });

  it('asked for a change that was put off, writes nothing and tells of the new moment', async () => {
    const onlyIfLiveSince = await now();
    const liveFrom = await schedule(60);
    const outcome = await writer.write({ environmentId, onlyIfLiveSince });
    assert.ok(outcome.outcome === 'not_due');
    assert.equal(outcome.scheduled?.liveFrom, liveFrom);
  });
});
