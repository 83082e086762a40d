import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { StuckReport } from '../../src/syncs/stuckSyncs.js';
import type { createEnvironment } from '../../src/workflows/index.js';
import { holdFeatureStates } from '../creation/gate.js';
import { insertFeature, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('a creation workflow that is terminated', function () {
  this.timeout(180_000); // Each command is a process, which a busy machine takes ten seconds to load.
  const system = useSystem({ SEEDING_MAX_ATTEMPTS: '1' });
  before(() => system.startWorker());

  const run = (...args: string[]) => envsync(args, system.env);
  const flagOf = async (environmentId: number) => {
    const [row] = await system.database.sql<{ is_creating: boolean }[]>`
      SELECT is_creating FROM environments_environment WHERE id = ${environmentId}`;
    return row?.is_creating;
  };

  /** Terminates it in the middle of its seeding; gives the id of the environment that it leaves. */
  async function terminateInTheMiddle(projectId: number): Promise<number> {
    const { sql } = system.database;
    const gate = await holdFeatureStates(sql);
    const creation = await system.client.workflow.start<typeof createEnvironment>('createEnvironment', {
      workflowId: `create-environment-${projectId}`,
      taskQueue: system.taskQueue,
      args: [{ projectId, name: 'Staging' }],
    });
    await gate.untilWaitedFor();
    await creation.terminate('by mistake');
    await gate.open();
    // Temporal lists it as running a moment longer.
    const ended = `WorkflowId = '${creation.workflowId}' AND ExecutionStatus = 'Terminated'`;
    while ((await system.client.workflow.count(ended)).count === 0) await delay(50);
    // Nobody takes it for one that is being created at this moment.
    const [environment] = await sql<{ id: number }[]>`
      UPDATE environments_environment SET created_date = now() - interval '5 minutes'
      WHERE project_id = ${projectId} RETURNING id`;
    return environment!.id;
  }

  async function untilListed(): Promise<StuckReport['stuck']> {
    for (;;) {
      const { status, stdout } = await run('stuck', '--json');
      const { stuck, unanswered } = JSON.parse(stdout) as StuckReport;
      assert.equal(status, stuck.length + unanswered.length > 0 ? 1 : 0);
      if (stuck.some(({ reason }) => reason.startsWith('failed'))) return stuck;
    }
  }

  async function untilSettled(environmentId: number): Promise<void> {
    const { sql } = system.database;
    const isOver = async () =>
      (await sql`SELECT FROM document_sync.outbox`).length === 0 &&
      (await system.syncOf(environmentId).describe()).status.name === 'COMPLETED';
    while (!(await isOver())) await delay(50);
  }

  it('leaves its flag up and no document, as stuck and explain tell, and finish-seeding heals it', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const featureIds = [
      await insertFeature(sql, projectId, 'size'),
      await insertFeature(sql, projectId, 'colour'),
    ];
    const environmentId = await terminateInTheMiddle(projectId);

    const [stuck, ...others] = await untilListed();
    assert.deepEqual(others, []);
    assert.equal(stuck!.environmentId, environmentId);
    assert.match(stuck!.reason, /^failed: SeedingTimedOut: .*is_creating is up/);
    assert.equal(await flagOf(environmentId), true);
    assert.deepEqual(await storedItems(system, environmentId), { v1: undefined, v2: undefined });

    const explained = await run('explain', String(environmentId));
    assert.equal(explained.status, 1);
    const command = `envsync finish-seeding environment ${environmentId}`;
    assert.ok(explained.stdout.trimEnd().split('\n').at(-1)!.includes(`\`${command}\``), explained.stdout);

    const finished = await run(...command.split(' ').slice(1), '--yes');
    assert.equal(finished.status, 0, finished.stderr);
    assert.equal(await flagOf(environmentId), false);
    await untilSettled(environmentId);
    const { v1 } = await storedItems(system, environmentId);
    const states = JSON.parse(gunzipSync(v1!['feature_states']!.B!).toString()) as {
      feature: { id: number };
    }[];
    assert.deepEqual(states.map(({ feature }) => feature.id).sort(), featureIds);

    const [noneStuck, well] = [await run('stuck'), await run('explain', String(environmentId))];
    assert.deepEqual([noneStuck.status, noneStuck.stdout], [0, 'Nothing is stuck.\n']);
    assert.match(well.stdout, /What to do: nothing: the document is current\.\n$/);
    assert.equal(well.status, 0);
  });
});
