import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { startRebuildSweep, startVerifySweep } from '../../src/sweeps/startSweep.js';
import type { VerifyPageResult } from '../../src/workflows/verifyContract.js';
import { sweepProgress } from '../../src/workflows/sweepContract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';
import { quietEnvironments, tamper } from '../verify/environments.js';

describe('a worker killed in the middle of a rebuild of many environments', function () {
  this.timeout(180_000);
  const system = useSystem();

  it('leaves it to the next one, which writes every environment; progress never goes backwards', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const ids: number[] = [];
    for (let n = 0; n < 120; n++) ids.push(await insertEnvironment(sql, projectId));
    await sql`DELETE FROM document_sync.outbox`;
    const first = await system.spawnWorker();
    const settings = { instanceName: system.database.name, taskQueue: system.taskQueue };
    const sweep = await startRebuildSweep(system.client, settings, {
      projectId,
      pageSize: 20,
      writeUnitsPerSecond: 60,
    });
    const seen: number[] = [];
    const look = async () => seen.push((await sweep.query(sweepProgress)).done);
    while ((seen.at(-1) ?? 0) < 40) {
      await look();
      await delay(50);
    }
    first.kill('SIGKILL');
    await system.spawnWorker();
    await look();
    const progress = await sweep.result();
    await look();
    assert.deepEqual([progress.state, progress.done, progress.outcomes], ['done', 120, { written: 120 }]);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    for (const id of ids) assert.ok((await storedItems(system, id)).v1, `environment ${id} has no document`);
  });
});

describe('a worker killed in the middle of a verification of many environments', function () {
  this.timeout(180_000);
  const system = useSystem();

  it('leaves it to the next one, which goes on behind what was done, and mends the rest', async () => {
    const { environmentIds, projectId } = await quietEnvironments(system, 90);
    const damaged = environmentIds.filter((_, i) => i % 3 === 0);
    for (const id of damaged) await tamper(system, id, { v1: () => undefined, v2: () => undefined });
    const first = await system.spawnWorker();
    const settings = { instanceName: system.database.name, taskQueue: system.taskQueue };
    const sweep = await startVerifySweep(system.client, settings, {
      projectId,
      repair: true,
      pageSize: 60,
      readUnitsPerSecond: 20,
    });
    const mended = async () => {
      const items = await Promise.all(damaged.map((id) => storedItems(system, id)));
      return items.filter(({ v1 }) => v1 !== undefined).length;
    };
    // In the middle of a page: a few of its environments are mended already, and Temporal knows of them.
    while ((await doneAsTold(sweep)) < 24) await delay(50);
    first.kill('SIGKILL');
    assert.ok((await mended()) < 20, 'The page was at its end.');

    await system.spawnWorker();
    const { state, done, attention, outcomes, drift, repairedCount } = await sweep.result();
    assert.deepEqual([state, done, attention], ['done', 90, []]);
    assert.equal(await mended(), 30);
    // Some that were mended right before the end are found to be current.
    assert.ok(repairedCount >= 18 && repairedCount <= 30, `${repairedCount} repaired`);
    assert.deepEqual(drift, { missing: repairedCount });
    assert.deepEqual(outcomes, { drifted: repairedCount, current: 90 - repairedCount });
  });
});

/** How many environments of its page a sweep's attempt has told of so far. */
async function doneAsTold(sweep: Pick<WorkflowHandle, 'describe'>): Promise<number> {
  const { raw } = await sweep.describe();
  const page = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'verifyPage');
  const [told] = page?.heartbeatDetails?.payloads ?? [];
  return told ? defaultPayloadConverter.fromPayload<VerifyPageResult>(told).done : 0;
}
