import assert from 'node:assert/strict';
import type { Sql } from 'postgres';
import type { RunningWorker } from '../../src/worker.js';
import { followSweep } from '../../src/sweeps/followSweep.js';
import { controlSweep } from '../../src/sweeps/runningSweeps.js';
import { startRebuildSweep, startVerifySweep } from '../../src/sweeps/startSweep.js';
import { sweepProgress, verifySweepId } from '../../src/workflows/sweepContract.js';
import type { VerifyProgress, VerifySweepInput } from '../../src/workflows/verifyContract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { type TestSystem, useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';
import { type EveryDrift, makeEveryDrift } from '../verify/everyDrift.js';
import { untilAtRest, untilListed } from './underWay.js';
import {
  allItems,
  changedKeys,
  driftCounts,
  type QuietEnvironments,
  quietEnvironments,
  settle,
  tamper,
  withAttributes,
} from '../verify/environments.js';

const settingsOf = ({ database, taskQueue }: TestSystem) => ({ instanceName: database.name, taskQueue });
const start = (system: TestSystem, input: VerifySweepInput) =>
  startVerifySweep(system.client, settingsOf(system), input);
const run = async (system: TestSystem, input: VerifySweepInput): Promise<VerifyProgress> =>
  (await start(system, input)).result();

/** What each table of PostgreSQL holds, as a digest. */
async function allRows(sql: Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname IN ('public', 'document_sync') ORDER BY 1`;
  const digests: [string, string][] = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ digest: string }[]>(
      `SELECT md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) AS digest FROM ${name} AS row`,
    );
    digests.push([name, row!.digest]);
  }
  return Object.fromEntries(digests);
}

describe('verifyEnvironmentDocuments, with drift of every kind among healthy environments', function () {
  this.timeout(120_000);
  const system = useSystem();
  let quiet: QuietEnvironments;
  let drift: EveryDrift;
  let worker: RunningWorker;

  before(async () => {
    quiet = await quietEnvironments(system, 20);
    drift = await makeEveryDrift(system, quiet);
    worker = await system.startWorker();
  });

  const expected = () => ({
    [drift.missing]: 'missing',
    [drift.partial]: 'partial',
    [drift.stale]: 'stale',
    [drift.foreign]: 'foreign',
    [drift.unseeded]: 'unseeded',
    [drift.rekeyed]: 'missing,stale,orphaned',
    [drift.deleted]: 'orphaned',
    [drift.unknown]: 'orphaned',
  });
  const kindsIn = (listed: VerifyProgress['attention']) =>
    Object.fromEntries(listed.map(({ environmentId, drift }) => [environmentId, drift.join()]));
  const KINDS = { missing: 2, partial: 1, stale: 2, foreign: 1, orphaned: 3, unseeded: 1 };

  it('finds all of it, page by page, and writes nothing anywhere', async () => {
    const before = [await allItems(system), await allRows(system.database.sql)] as const;
    const progress = await run(system, { all: true, pageSize: 9 });
    assert.deepEqual(changedKeys(before[0], await allItems(system)), []);
    assert.deepEqual(await allRows(system.database.sql), before[1]);

    const { state, total, done, outcomes, attentionCount, repairedCount, writeUnits } = progress;
    assert.deepEqual(
      { state, total, done, outcomes, attentionCount, repairedCount, writeUnits },
      {
        state: 'done',
        total: 19,
        done: 19,
        outcomes: { current: 13, drifted: 6 },
        attentionCount: 8,
        repairedCount: 0,
        writeUnits: 0,
      },
    );
    assert.deepEqual(kindsIn(progress.attention), expected());
    assert.deepEqual(progress.drift, KINDS);
    assert.ok(progress.readUnits > 2 * 19);
    assert.deepEqual(progress.orphans, {
      segments: { v1: 1, v2: 1 },
      segmentsDone: 2,
      scannedCount: 40,
      othersCount: 0,
      outcomes: { drifted: 2 },
    });
    assert.deepEqual(await driftCounts(worker), KINDS);
  });

  it('repairs all of it but what PostgreSQL lacks, and touches no other environment', async () => {
    const before = await allItems(system);
    const progress = await run(system, { all: true, repair: true, pageSize: 9 });
    assert.deepEqual(kindsIn([...progress.attention, ...progress.repaired]), expected());
    assert.deepEqual(kindsIn(progress.attention), { [drift.unseeded]: 'unseeded' });
    assert.deepEqual([progress.attentionCount, progress.repairedCount], [1, 7]);
    assert.ok(progress.writeUnits > 0);
    const changed = changedKeys(before, await allItems(system));
    for (const id of [...drift.healthy, drift.unseeded])
      assert.ok(!changed.some((key) => key.includes(`"${id}"`)));

    const after = await run(system, { all: true });
    assert.deepEqual(kindsIn(after.attention), { [drift.unseeded]: 'unseeded' });
    assert.deepEqual(after.orphans?.outcomes, {});
  });

  it('makes the feature states that an environment never got, and its sync writes them', async () => {
    const progress = await run(system, { projectId: quiet.projectId, seedMissing: true });
    assert.deepEqual(progress.attention, []);
    const [{ environmentId, seededCount, unseeded } = { environmentId: 0 }] = progress.repaired;
    assert.deepEqual([environmentId, seededCount, unseeded?.count], [drift.unseeded, 1, 1]);
    assert.equal(progress.seededCount, 1);
    // Its document has them without anybody's asking again.
    let left: number;
    do left = (await run(system, { environmentIds: [drift.unseeded] })).outcomes.current ?? 0;
    while (left === 0);
    const [row] = await system.database.sql<{ count: number }[]>`
      SELECT count(*)::integer AS count FROM features_featurestate WHERE environment_id = ${drift.unseeded}`;
    assert.equal(row?.count, 4);
  });

  it('tells of deleted environments that it is asked for by their ids, and of none where there never was one', async () => {
    const { outcomes, total } = await run(system, { environmentIds: [drift.deleted, 777, drift.missing] });
    assert.deepEqual([outcomes, total], [{ deleted: 2, current: 1 }, 3]);
  });

  it('takes for no drift what a change on its way is to write', async () => {
    const { sql } = system.database;
    const [id] = drift.healthy as [number];
    await tamper(system, id, { v1: withAttributes({ onboarding_pending: { BOOL: false } }) });
    await sql`
      INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at, due_at)
      VALUES (${quiet.projectId}, ${id}, 'sync_request', now(), now() + interval '1 day')`;
    const progress = await run(system, { environmentIds: [id], repair: true });
    assert.deepEqual(
      [progress.outcomes, progress.attentionCount, progress.repairedCount],
      [{ on_its_way: 1 }, 0, 0],
    );
    await settle(system);
    assert.equal((await run(system, { environmentIds: [id], repair: true })).repairedCount, 1);
  });
});

describe('verifyEnvironmentDocuments', function () {
  this.timeout(120_000);
  const system = useSystem();
  let quiet: QuietEnvironments;

  before(async () => {
    quiet = await quietEnvironments(system, 24);
    await system.startWorker();
  });

  it('reports what is held, refused or fails, and leaves it to its own sync where it is to repair', async () => {
    const { sql } = system.database;
    const [held, refused, failing] = quiet.environmentIds as [number, number, number];
    await sql`ALTER TABLE environments_environment DISABLE TRIGGER USER`;
    const [{ api_key: key } = { api_key: '' }] = await sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE id = ${failing}`;
    await tamper(system, held, { v1: () => undefined });
    await sql`UPDATE environments_environment SET is_creating = true WHERE id = ${held}`;
    await tamper(system, refused, {
      v1: (item) => ({
        ...item,
        document_sync: { M: { ...item['document_sync']!.M!, source: { S: '1' } } },
      }),
    });
    await sql`UPDATE environments_environment SET api_key = '' WHERE id = ${failing}`;
    const input = { environmentIds: quiet.environmentIds };
    const outcomes = { held: 1, refused: 1, failed: 1, current: 21 };
    const startedSyncs = async () => {
      const described = await Promise.allSettled(
        [held, refused, failing].map((id) => system.syncOf(id).describe()),
      );
      return described.filter(({ status }) => status === 'fulfilled').length;
    };

    const looked = await run(system, input);
    assert.deepEqual(looked.outcomes, outcomes);
    assert.equal(await startedSyncs(), 0);

    const { attention, ...progress } = await run(system, { ...input, repair: true });
    assert.deepEqual(progress.outcomes, outcomes);
    assert.deepEqual(
      attention.map(({ environmentId, outcome }) => [environmentId, outcome]),
      [
        [held, 'held'],
        [refused, 'refused'],
        [failing, 'failed'],
      ],
    );
    assert.match(attention[0]!.reason!, /is_creating is up/);
    assert.match(attention[1]!.reason!, /1/);
    assert.match(attention[2]!.reason!, /^ValidationException: /);
    while ((await startedSyncs()) < 3);

    await sql`UPDATE environments_environment SET is_creating = false WHERE id = ${held}`;
    await sql`UPDATE environments_environment SET api_key = ${key} WHERE id = ${failing}`;
    await sql`ALTER TABLE environments_environment ENABLE TRIGGER USER`;
    await tamper(system, refused, { v1: () => undefined });
    let left: number;
    do left = (await run(system, { ...input, repair: true })).outcomes.current ?? 0;
    while (left < 24);
  });

  it('pauses between two pages, tells how far it has come, and goes on', async () => {
    const sweep = await start(system, { projectId: quiet.projectId, pageSize: 1, readUnitsPerSecond: 20 });
    await controlSweep(system.client, sweep.workflowId, 'pause');
    await untilAtRest(sweep);
    const settings = settingsOf(system);
    const other = await startRebuildSweep(system.client, settings, { all: true, writeUnitsPerSecond: 1 });
    await untilListed(system, [other.workflowId, sweep.workflowId]);
    await controlSweep(system.client, other.workflowId, 'cancel');
    assert.equal(sweep.workflowId, verifySweepId(system.database.name, { projectId: quiet.projectId }));

    const { done } = await sweep.query(sweepProgress);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await sweep.query(sweepProgress)).done, done);
    assert.ok(done < 24);
    await controlSweep(system.client, sweep.workflowId, 'resume');
    const seen: number[] = [];
    const progress = await followSweep(sweep, (told) => seen.push(told.done), 50);
    assert.deepEqual([progress.done, progress.outcomes], [24, { current: 24 }]);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.ok(seen.length > 3);
  });

  it('keeps to the rate of read units', async () => {
    const startedAt = performance.now();
    const { readUnits } = await run(system, { projectId: quiet.projectId, readUnitsPerSecond: 25 });
    const seconds = (performance.now() - startedAt) / 1_000;
    assert.ok(readUnits >= 2 * 24);
    assert.ok(seconds >= readUnits / 25 - 0.5, `${readUnits} units in ${seconds} s`);
  });

  it('ends as cancelled, and tells what was done until then', async () => {
    const sweep = await start(system, { projectId: quiet.projectId, pageSize: 3, readUnitsPerSecond: 10 });
    while ((await sweep.query(sweepProgress)).done < 3);
    await controlSweep(system.client, sweep.workflowId, 'cancel');
    await assert.rejects(sweep.result());
    const { state, done } = await sweep.query(sweepProgress);
    assert.equal(state, 'cancelled');
    assert.ok(done >= 3 && done < 24);
  });

  it('goes on in a new run where the history of one is long, with what it has counted', async () => {
    const sweep = await start(system, { all: true, pageSize: 4, readUnitsPerSecond: 8 });
    const first = await sweep.describe();
    while ((await sweep.query(sweepProgress)).done < 4);
    // More events than a run is to have; all but the last change nothing, and the sweep does not end meanwhile.
    for (let sent = 0; sent < 500; sent += 50)
      await Promise.all(
        Array.from({ length: 50 }, () => controlSweep(system.client, sweep.workflowId, 'pause')),
      );
    await controlSweep(system.client, sweep.workflowId, 'resume');
    const progress = await sweep.result();
    const last = await system.client.workflow.getHandle(sweep.workflowId).describe();
    assert.notEqual(last.runId, first.runId);
    const { total, done, outcomes, orphans } = progress;
    assert.deepEqual([total, done, outcomes, orphans?.segmentsDone], [24, 24, { current: 24 }, 2]);
    assert.ok(Date.parse(progress.startedAt) < last.startTime.getTime());
  });

  for (const [input, field] of [
    [{}, 'all'],
    [{ all: true, projectId: 1 }, 'projectId'],
    [{ environmentIds: ['one'] }, 'environmentIds'],
    [{ all: true, repair: 'yes' }, 'repair'],
    [{ all: true, seedMissing: 1 }, 'seedMissing'],
    [{ all: true, readUnitsPerSecond: 0 }, 'readUnitsPerSecond'],
    [{ all: true, writeUnitsPerSecond: -1 }, 'writeUnitsPerSecond'],
    [{ all: true, pageSize: 'big' }, 'pageSize'],
    [{ all: true, repiar: true }, 'repiar'],
  ] as const) {
    it(`ends at once with InvalidInput for ${JSON.stringify(input)}, naming ${field}`, async () => {
      const handle = await system.client.workflow.start('verifyEnvironmentDocuments', {
        workflowId: crypto.randomUUID(),
        taskQueue: system.taskQueue,
        args: [input],
      });
      await assert.rejects(handle.result(), (error: Error) => {
        const { type, message } = error.cause as Error & { type: string };
        return type === 'InvalidInput' && message.startsWith(`${field}: `);
      });
    });
  }
});

describe('verifyEnvironmentDocuments, where no creation workflows are run', () => {
  const system = useSystem({ CREATION_ENABLED: 'false' });

  it('fails with CreationDisabled for seedMissing, before it verifies anything', async () => {
    const { sql } = system.database;
    await insertEnvironment(sql, await insertProject(sql));
    await settle(system);
    await system.startWorker();
    const sweep = await start(system, { all: true, repair: true, seedMissing: true });
    await assert.rejects(sweep.result(), (error: Error) => {
      const { type, message } = (error.cause as Error).cause as Error & { type: string };
      return type === 'CreationDisabled' && message.includes('CREATION_ENABLED=true');
    });
    assert.equal((await sweep.query(sweepProgress)).done, 0);
    const [{ id } = { id: 0 }] = await sql<{ id: number }[]>`SELECT id FROM environments_environment`;
    assert.deepEqual(await storedItems(system, id), { v1: undefined, v2: undefined });
  });
});
