import assert from 'node:assert/strict';
import type { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { verifyOrphanSegment } from '../../src/sweeps/verifyOrphanSegment.js';
import { verifyPage } from '../../src/sweeps/verifyPage.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import type { VerifyDeps } from '../../src/verify/deps.js';
import type { OrphanSegmentResult, VerifyPageResult } from '../../src/workflows/verifyContract.js';
import { type TestSystem, useSystem } from '../support/system.js';
import { chargeOfPuts, mockActivity, storedItems } from '../support/writer.js';
import {
  driftCounts,
  type QuietEnvironments,
  quietEnvironments,
  settle,
  tamper,
  withAttributes,
} from '../verify/environments.js';

/** Whose item is asked for to see whether DynamoDB answers. */
const NOBODY = 'no-environment';

/** One attempt of an activity, and what it told of itself. */
function attempt<R>(work: () => Promise<R>, told?: unknown) {
  const activity = mockActivity(told === undefined ? {} : { heartbeatDetails: told });
  const heartbeats: unknown[] = [];
  activity.on('heartbeat', (details) => heartbeats.push(structuredClone(details)));
  return { activity, heartbeats, result: activity.run<[], R, () => Promise<R>>(work) };
}

const newMetrics = () =>
  createMetrics(
    () => Promise.resolve({ rows: 0, oldestSeconds: 0 }),
    () => Promise.resolve(false),
    () => Promise.resolve({ environments: 0, oldestSeconds: 0 }),
  );

describe('an attempt at a page of a verification', function () {
  this.timeout(60_000);
  const system = useSystem();
  let quiet: QuietEnvironments;

  before(async () => {
    quiet = await quietEnvironments(system, 20);
  });

  const page = (deps: VerifyDeps, repair = true) => {
    const input = { projectId: quiet.projectId, repair, afterId: 0, pageSize: 100, handOutUnseeded: false };
    return (): Promise<VerifyPageResult> => verifyPage(deps, input);
  };
  const spoil = (id: number) =>
    tamper(system, id, { v1: withAttributes({ onboarding_pending: { BOOL: false } }) });

  it('fails where one environment after the other does and DynamoDB is away, and the next one counts each environment and its drift once', async () => {
    const [first, , third] = quiet.environmentIds as [number, number, number];
    await spoil(first);
    await spoil(third);
    const away = await keysOf(system, quiet.environmentIds.slice(8));
    const deps = {
      ...quiet.deps,
      dynamo: failingFor(system.dynamo, [...away, NOBODY]),
      metrics: newMetrics(),
    };
    const failed = attempt(page(deps));
    await assert.rejects(failed.result, /away/);
    const told = failed.heartbeats.at(-1) as VerifyPageResult;
    assert.equal(told.done, 8);
    assert.deepEqual(await driftCounts(deps), { stale: 2 });

    const { done, outcomes, repaired, drift, isLast } = await attempt(
      page({ ...deps, dynamo: system.dynamo }),
      told,
    ).result;
    assert.deepEqual([done, outcomes, isLast], [20, { current: 18, drifted: 2 }, true]);
    assert.deepEqual(
      [repaired.map(({ environmentId }) => environmentId), drift],
      [[first, third], { stale: 2 }],
    );
    assert.deepEqual(await driftCounts(deps), { stale: 2 });
    await settle(system);
  });

  it('goes on where one environment after the other fails though DynamoDB answers', async () => {
    const failing = quiet.environmentIds.slice(8, 15);
    const deps = { ...quiet.deps, dynamo: failingFor(system.dynamo, await keysOf(system, failing)) };
    const { done, outcomes, attention, isLast } = await attempt(page(deps)).result;
    assert.deepEqual([done, outcomes, isLast], [20, { current: 13, failed: 7 }, true]);
    assert.deepEqual(
      attention.map(({ environmentId }) => environmentId),
      failing,
    );
    await settle(system);
  });

  it('tells that it is alive while a single environment takes longer than a heartbeat may', async () => {
    await spoil(quiet.environmentIds[4]!);
    const heartbeats: unknown[] = [];
    // Asked about the one that differs: it answers once two heartbeats have come.
    const isSyncRunning = async () => {
      const from = heartbeats.length;
      while (heartbeats.length < from + 2) await new Promise((resolve) => setTimeout(resolve, 50));
      return false;
    };
    const activity = mockActivity();
    activity.on('heartbeat', (details) => heartbeats.push(details));
    const { repairedCount } = await activity.run<[], VerifyPageResult, () => Promise<VerifyPageResult>>(
      page({ ...quiet.deps, isSyncRunning }),
    );
    assert.equal(repairedCount, 1);
    await settle(system);
  });

  it('tells what DynamoDB charged for its reads and its repairs', async () => {
    await spoil(quiet.environmentIds[4]!);
    const { writeUnits, readUnits } = await attempt(page(quiet.deps)).result;
    assert.equal(writeUnits, await chargeOfPuts(system, await storedItems(system, quiet.environmentIds[4]!)));
    assert.ok(readUnits >= 40, 'Both items of 20 environments were read.');
    await settle(system);
  });
});

describe('an attempt at a segment of the search for orphans', function () {
  this.timeout(60_000);
  const system = useSystem();
  let quiet: QuietEnvironments;
  let deleted: number[];

  beforeEach(async () => {
    const { sql } = system.database;
    quiet = await quietEnvironments(system, 4);
    deleted = quiet.environmentIds.slice(0, 3);
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ANY (${deleted})`;
    await settle(system);
  });

  const segment = (deps: VerifyDeps, repair: boolean) => (): Promise<OrphanSegmentResult> =>
    verifyOrphanSegment(deps, { table: 'v1', segment: { index: 0, of: 1 }, repair });

  it('that follows one whose worker died counts once what both found', async () => {
    const first = attempt(segment(quiet.deps, false));
    await first.result;
    const metrics = newMetrics();
    const { attentionCount, drift } = await attempt(
      segment({ ...quiet.deps, metrics }, false),
      first.heartbeats[0],
    ).result;
    assert.deepEqual([attentionCount, drift], [3, { orphaned: 3 }]);
    assert.deepEqual(await driftCounts({ metrics }), { orphaned: 2 });
    await attempt(segment(quiet.deps, true)).result;
  });

  it('that follows a failed one still tells of what that one repaired, and tells with each heartbeat', async () => {
    const first = attempt(segment(quiet.deps, true));
    first.activity.on('heartbeat', (details?: { told: string[] }) => {
      if (details?.told.length === 1) first.activity.cancel();
    });
    await assert.rejects(first.result);
    assert.ok(first.heartbeats.every((details) => details !== undefined));
    const left = await Promise.all(deleted.map((id) => storedItems(system, id)));
    assert.equal(left.filter(({ v1 }) => v1).length, 2);

    const { repairedCount, drift } = await attempt(segment(quiet.deps, true), first.heartbeats.at(-1)).result;
    assert.deepEqual([repairedCount, drift], [3, { orphaned: 3 }]);
    assert.deepEqual(await driftCounts(quiet.deps), { orphaned: 3 });
  });

  it('goes on where one orphan after the other fails though DynamoDB answers', async () => {
    await attempt(segment(quiet.deps, true)).result;
    const { environmentIds } = await quietEnvironments(system, 6);
    await system.database.sql`
      UPDATE environments_environment SET deleted_at = now() WHERE id = ANY (${environmentIds})`;
    await settle(system);
    const dynamo = failingFor(system.dynamo, await keysOf(system, environmentIds));
    const { outcomes, scannedCount } = await attempt(segment({ ...quiet.deps, dynamo }, true)).result;
    assert.deepEqual([outcomes, scannedCount > 6], [{ failed: 6 }, true]);
    await attempt(segment(quiet.deps, true)).result;
  });
});

async function keysOf({ database }: TestSystem, ids: number[]): Promise<string[]> {
  const rows = await database.sql<{ api_key: string }[]>`
    SELECT api_key FROM environments_environment WHERE id = ANY (${ids})`;
  return rows.map(({ api_key }) => api_key);
}

/** A client whose requests fail where they are about one of these keys. */
function failingFor(client: DynamoDBClient, keys: string[]): DynamoDBClient {
  return new Proxy(client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property) as unknown;
      return async (command: PutItemCommand, options: object) => {
        const text = JSON.stringify(command.input);
        if (keys.some((key) => text.includes(key))) throw new Error('DynamoDB is away.');
        return await target.send(command, options);
      };
    },
  });
}
