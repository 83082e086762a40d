import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { followSweep } from '../../src/sweeps/followSweep.js';
import { controlSweep } from '../../src/sweeps/runningSweeps.js';
import { startRebuildSweep } from '../../src/sweeps/startSweep.js';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import {
  type RebuildProgress,
  rebuildSweepId,
  type RebuildSweepInput,
  sweepProgress,
} from '../../src/workflows/sweepContract.js';
import { insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { type TestSystem, useSystem } from '../support/system.js';
import { chargeOfPuts, storedItems } from '../support/writer.js';
import { untilAtRest, untilListed } from './underWay.js';

const WITHIN_MS = 60_000;

describe('rebuildEnvironmentDocuments', function () {
  this.timeout(WITHIN_MS);
  const system = useSystem();
  let projectId: number;
  let otherProjectId: number;
  let environmentIds: number[];
  let otherId: number;

  before(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    otherProjectId = await insertProject(sql);
    environmentIds = [];
    for (let n = 0; n < 25; n++) environmentIds.push(await insertEnvironment(sql, projectId));
    await insertEnvironment(sql, projectId, { deleted_at: new Date() });
    otherId = await insertEnvironment(sql, otherProjectId);
    await sql`DELETE FROM document_sync.outbox`;
    await sql`DELETE FROM document_sync.retired_key`;
    await system.startWorker();
  });

  const settings = () => ({ instanceName: system.database.name, taskQueue: system.taskQueue });
  const start = (input: RebuildSweepInput) => startRebuildSweep(system.client, settings(), input);
  const run = async (input: RebuildSweepInput): Promise<RebuildProgress> => (await start(input)).result();
  const ordersOf = async (ids: number[]) =>
    Promise.all(
      ids.map(async (id) => (await storedItems(system, id)).v1?.['document_sync']?.M?.['order']?.S),
    );

  it('writes the documents of a project, page by page, and of nobody else', async () => {
    const progress = await run({ projectId, pageSize: 10 });
    assert.deepEqual(
      [progress.state, progress.total, progress.done, progress.outcomes, progress.attention],
      ['done', 25, 25, { written: 25 }, []],
    );
    assert.ok((await ordersOf(environmentIds)).every((order) => order !== undefined));
    assert.deepEqual(await ordersOf([otherId]), [undefined]);
    const charge = await chargeOfPuts(system, await storedItems(system, environmentIds[0]!));
    assert.equal(progress.writeUnits, 25 * charge);
  });

  it('writes single ones, those of an organisation, and all', async () => {
    const [organisation] = await system.database.sql<{ id: number }[]>`
      SELECT organisation_id AS id FROM projects_project WHERE id = ${otherProjectId}`;
    const before = await ordersOf(environmentIds);
    assert.deepEqual((await run({ organisationId: organisation!.id })).outcomes, { written: 1 });
    assert.deepEqual(await ordersOf(environmentIds), before);
    const two = environmentIds.slice(3, 5);
    assert.deepEqual((await run({ environmentIds: two })).outcomes, { written: 2 });
    assert.deepEqual(
      (await ordersOf(environmentIds)).map((order, i) => order !== before[i]),
      environmentIds.map((id) => two.includes(id)),
    );
    assert.equal((await run({ all: true })).done, 26);
  });

  it('writes all the same while syncs are paused, as somebody asks for it', async () => {
    await pauseSyncs(system.database, { projectId });
    const { outcomes } = await run({ environmentIds: environmentIds.slice(0, 2) });
    await resumeSyncs(system.database, { projectId });
    assert.deepEqual(outcomes, { written: 2 });
  });

  it('counts only, on a dry run', async () => {
    const before = await ordersOf(environmentIds);
    const { total, done, outcomes } = await run({ all: true, dryRun: true });
    assert.deepEqual([total, done, outcomes], [26, 0, {}]);
    assert.deepEqual(await ordersOf(environmentIds), before);
  });

  it('leaves what is being seeded, and what is refused, to its own sync, and writes the rest', async () => {
    const { sql } = system.database;
    const [seeding, failing, refused] = environmentIds as [number, number, number];
    const keys = await sql<
      { api_key: string }[]
    >`SELECT api_key FROM environments_environment WHERE id = ${failing}`;
    await sql`UPDATE environments_environment SET is_creating = true WHERE id = ${seeding}`;
    await sql`UPDATE environments_environment SET api_key = '' WHERE id = ${failing}`;
    const { v1 } = await storedItems(system, refused);
    const sync = { ...v1!['document_sync']!.M, source: { S: '1' } };
    await system.dynamo.send(
      new PutItemCommand({ TableName: system.tables.v1, Item: { ...v1, document_sync: { M: sync } } }),
    );
    const progress = await run({ projectId });
    assert.deepEqual(progress.outcomes, { written: 22, seeding: 1, failed: 1, refused: 1 });
    assert.deepEqual(
      progress.attention.map(({ environmentId, failure }) => [environmentId, failure?.type]),
      [
        [seeding, undefined],
        [failing, 'ValidationException'],
        [refused, 'OtherSource'],
      ],
    );
    assert.equal(progress.attentionCount, 3);
    const held = progress.attention.find(({ environmentId }) => environmentId === seeding);
    assert.deepEqual(held, {
      environmentId: seeding,
      outcome: 'seeding',
      reasons: [{ kind: 'environment_is_creating' }],
    });
    // Its sync waits for it: the flag cleared, the document is written without anybody's asking again.
    const before = await ordersOf([seeding]);
    await sql`UPDATE environments_environment SET is_creating = false WHERE id = ${seeding}`;
    while ((await ordersOf([seeding]))[0] === before[0]);
    await sql`UPDATE environments_environment SET api_key = ${keys[0]!.api_key} WHERE id = ${failing}`;
    await system.dynamo.send(
      new DeleteItemCommand({ TableName: system.tables.v1, Key: { api_key: v1!['api_key']! } }),
    );
  });

  it('pauses between two pages, shows how far it has come, and goes on', async () => {
    const sweep = await start({ projectId, pageSize: 1, writeUnitsPerSecond: 20 });
    await controlSweep(system.client, sweep.workflowId, 'pause');
    await untilAtRest(sweep);
    await untilListed(system, [sweep.workflowId]);
    const { done } = await sweep.query(sweepProgress);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await sweep.query(sweepProgress)).done, done);
    assert.ok(done < 25);
    await controlSweep(system.client, sweep.workflowId, 'resume');
    const seen: number[] = [];
    const progress = await followSweep(sweep, (told) => seen.push(told.done), 50);
    assert.equal(progress.done, 25);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.ok(seen.length > 3);
  });

  it('is the same sweep to whoever asks for the same selection meanwhile, and another one afterwards', async () => {
    const [first, second] = [await start({ projectId }), await start({ projectId })];
    assert.equal(first.workflowId, rebuildSweepId(system.database.name, { projectId }));
    assert.equal(second.workflowId, first.workflowId);
    await Promise.all([first.result(), second.result()]);
  });

  it('keeps to the rate of write units', async () => {
    const startedAt = performance.now();
    const progress = await run({ projectId, writeUnitsPerSecond: 25 });
    const seconds = (performance.now() - startedAt) / 1_000;
    assert.ok(seconds >= (progress.writeUnits - 2 * 4) / 25, `${progress.writeUnits} units in ${seconds} s`);
  });

  it('ends as cancelled, and what was written stays', async () => {
    const sweep = await start({ projectId, pageSize: 5, writeUnitsPerSecond: 20 });
    while ((await sweep.query(sweepProgress)).done < 5);
    await controlSweep(system.client, sweep.workflowId, 'cancel');
    await assert.rejects(sweep.result());
    assert.equal((await sweep.describe()).status.name, 'CANCELLED');
    const { state, done } = await sweep.query(sweepProgress);
    assert.equal(state, 'cancelled');
    assert.ok(done >= 5 && done < 25);
  });

  for (const [input, field] of [
    [{}, 'all'],
    [{ projectId: 1, all: true }, 'projectId'],
    [{ projectId: 'seven' }, 'projectId'],
    [{ projectid: 7 }, 'projectid'],
    [{ environmentIds: [] }, 'environmentIds'],
    [{ environmentIds: [1, 0] }, 'environmentIds'],
    [{ all: false }, 'all'],
    [{ all: true, writeUnitsPerSecond: 0 }, 'writeUnitsPerSecond'],
    [{ all: true, dryrun: true }, 'dryrun'],
    [{ all: true, force: 'no' }, 'force'],
  ] as const) {
    it(`ends at once with InvalidInput for ${JSON.stringify(input)}, naming ${field}`, () =>
      endsAsInvalid(system, 'rebuildEnvironmentDocuments', input, field));
  }
});

describe('rebuildEnvironmentDocument', () => {
  const system = useSystem();
  before(() => system.startWorker());

  for (const [input, field] of [
    [{}, 'environmentId'],
    [{ environmentId: '42' }, 'environmentId'],
    [{ environmentId: 42, force: 'no' }, 'force'],
    [{ environmentId: 42, forced: true }, 'forced'],
  ] as const)
    it(`ends at once with InvalidInput for ${JSON.stringify(input)}, naming ${field}`, () =>
      endsAsInvalid(system, 'rebuildEnvironmentDocument', input, field));
});

describe('rebuild --force', () => {
  const system = useSystem();

  it('overwrites the item of another database, and of a moment not reached, which a rebuild leaves alone', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const environmentId = await insertEnvironment(sql, projectId);
    await insertFeature(sql, projectId, 'one');
    await sql`DELETE FROM document_sync.outbox`; // No sync is to write between two rebuilds.
    await system.startWorker();
    const settings = { instanceName: system.database.name, taskQueue: system.taskQueue };
    const run = async (input: RebuildSweepInput) =>
      (await startRebuildSweep(system.client, settings, input)).result();
    await run({ projectId });
    for (const attribute of [{ source: '1' }, { order: 'F' }]) {
      const { v1 } = await storedItems(system, environmentId);
      const sync = { ...v1!['document_sync']!.M };
      for (const [name, value] of Object.entries(attribute)) sync[name] = { S: value };
      await system.dynamo.send(
        new PutItemCommand({ TableName: system.tables.v1, Item: { ...v1, document_sync: { M: sync } } }),
      );
      const left = await run({ projectId });
      assert.deepEqual(left.outcomes, { refused: 1 });
      assert.ok(['OtherSource', 'HistoryRewound'].includes(left.attention[0]!.failure!.type));
      // A refused rebuild leaves it to the environment's sync, which is refused too: it is over before anything is forced.
      while ((await sql`SELECT FROM document_sync.outbox`).length > 0) await delay(20);
      await assert.rejects(system.syncOf(environmentId).result());
      assert.deepEqual((await run({ projectId, force: true })).outcomes, { written: 1 });
      assert.deepEqual((await run({ projectId })).outcomes, { written: 1 });
    }
  });
});

async function endsAsInvalid(
  { client, taskQueue }: TestSystem,
  workflowType: string,
  input: object,
  field: string,
): Promise<void> {
  const workflowId = crypto.randomUUID();
  const handle = await client.workflow.start(workflowType, { workflowId, taskQueue, args: [input] });
  await assert.rejects(handle.result(), (error: Error) => {
    const { type, message } = error.cause as Error & { type: string };
    return type === 'InvalidInput' && message.startsWith(`${field}: `);
  });
}
