import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { startRebuildSweep } from '../../src/sweeps/startSweep.js';
import { sweepProgress } from '../../src/workflows/sweepContract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';

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
