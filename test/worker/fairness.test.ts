import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { startSync } from '../../src/outbox/startSync.js';
import { DEFAULT_SEEDING_POLLS } from '../../src/workflows/contract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';

const FLOOD = 60;

describe('workers that are short of slots, where Temporal has fairness switched on', () => {
  const system = useSystem({ WORKER_TASK_SLOTS: '2' });

  /** A project of an organisation of its own, with environments; tells their syncs in Temporal of a change. */
  async function change(environments: number): Promise<number[]> {
    const { sql, name: instanceName } = system.database;
    const projectId = await insertProject(sql);
    const [project] = await sql<{ organisation_id: number }[]>`
      SELECT organisation_id FROM projects_project WHERE id = ${projectId}`;
    const environmentIds: number[] = [];
    for (let n = 0; n < environments; n++) environmentIds.push(await insertEnvironment(sql, projectId));
    const options = {
      client: system.client,
      instanceName,
      taskQueue: system.taskQueue,
      seedingPolls: DEFAULT_SEEDING_POLLS,
      registered: () => new Set<string>(),
      deadlineMs: 30_000,
    };
    const ofProject = { organisationId: project!.organisation_id, projectId, seedingFinished: false };
    const changedAt = '2026-01-01T00:00:00.000000';
    await Promise.all(
      environmentIds.map((environmentId) => startSync(options, { ...ofProject, environmentId, changedAt })),
    );
    return environmentIds;
  }

  it('write the single change of one organisation among the first, behind a flood of another’s', async () => {
    const loggedBefore = system.logged.length;
    const flood = await change(FLOOD);
    const [single] = await change(1);
    const written = () =>
      system.logged
        .slice(loggedBefore)
        .filter(({ event }) => event === 'environment_document.written')
        .map((line) => Number(line['environment__id']))
        .filter((id) => id === single || flood.includes(id));
    await system.startWorker();
    while (!written().includes(single!)) await delay(20);
    const before = written().indexOf(single!);
    assert.ok(before < FLOOD / 3, `${before} of ${FLOOD} were written before it`);
    while (written().length < FLOOD + 1) await delay(20);
  });
});
