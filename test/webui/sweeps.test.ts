import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { startRebuildSweep, startVerifySweep } from '../../src/sweeps/startSweep.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { type TestSystem, useSystem } from '../support/system.js';

describe('a sweep in the web UI', () => {
  const system = useSystem();
  const settings = () => ({ instanceName: system.database.name, taskQueue: system.taskQueue });

  before(async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    for (let n = 0; n < 3; n++) await insertEnvironment(sql, projectId);
    await system.startWorker();
  });

  for (const [selection, summary, attributes] of [
    [{ projectId: 1 }, 'project 1', { FlagsmithProjectId: '1' }],
    [{ organisationId: 1 }, 'organisation 1', { FlagsmithOrganisationId: '1' }],
    [{ environmentIds: [2] }, 'environment 2', { FlagsmithEnvironmentId: '2' }],
    [{ environmentIds: [2, 3] }, 'environments 2, 3', {}],
    [{ all: true }, 'all environments', {}],
  ] as const) {
    it(`is summarised as ${summary}, and found by ${Object.keys(attributes).join() || 'its id alone'}`, async () => {
      const input =
        'environmentIds' in selection ? { environmentIds: [...selection.environmentIds] } : selection;
      for (const start of [startRebuildSweep, startVerifySweep]) {
        const sweep = await start(system.client, settings(), input);
        await sweep.result();
        assert.equal(await summaryOf(sweep), summary);
        assert.deepEqual(await attributesOf(sweep), attributes);
      }
    });
  }

  it('says of each activity what it is for', async () => {
    const rebuild = await startRebuildSweep(system.client, settings(), { projectId: 1, pageSize: 2 });
    await rebuild.result();
    assert.deepEqual(await activitySummaries(rebuild), [
      'count',
      'page: from 1 of 3 on',
      'page: from 3 of 3 on',
    ]);
    const verification = await startVerifySweep(system.client, settings(), { all: true });
    await verification.result();
    assert.deepEqual(await activitySummaries(verification), [
      'count',
      'page: from 1 of 3 on',
      'orphans: count of segments',
      'orphans: v1, segment 1 of 1',
      'orphans: v2, segment 1 of 1',
    ]);
  });
});

describe('a sweep in a namespace that does not say which search attributes it knows', () => {
  const system: TestSystem = useSystem();

  it('is started without any', async () => {
    const client = system.client;
    const asked = Object.create(client.connection, {
      operatorService: {
        value: { listSearchAttributes: () => Promise.reject(new Error('not for everybody')) },
      },
    }) as typeof client.connection;
    const unknowing = Object.create(client, { connection: { value: asked } }) as typeof client;
    const settings = { instanceName: system.database.name, taskQueue: 'nobodys' };
    const sweep = await startRebuildSweep(unknowing, settings, { projectId: 1 });
    assert.deepEqual(await attributesOf(sweep), {});
    await sweep.terminate();
  });
});

async function attributesOf(sweep: WorkflowHandle): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await sweep.describe();
  return Object.fromEntries(
    typedSearchAttributes
      .getAll()
      .filter(({ key }) => key.name.startsWith('Flagsmith'))
      .map(({ key, value }) => [key.name, value]),
  );
}

const summaryOf = async (sweep: WorkflowHandle) => (await sweep.describe()).staticSummary();

async function activitySummaries(sweep: WorkflowHandle): Promise<string[]> {
  const { events } = await sweep.fetchHistory();
  return (events ?? [])
    .filter(({ activityTaskScheduledEventAttributes }) => activityTaskScheduledEventAttributes)
    .map(({ userMetadata }) =>
      userMetadata?.summary ? defaultPayloadConverter.fromPayload<string>(userMetadata.summary) : 'none',
    );
}
