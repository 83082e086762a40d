import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { FinishSeedingInput } from '../../src/workflows/creationContract.js';
import type { finishSeeding } from '../../src/workflows/index.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { readStates } from './rows.js';

describe('finishSeeding', () => {
  const system = useSystem({ CREATION_CHUNK_SIZE: '2' });
  before(() => system.startWorker());

  const run = (input: FinishSeedingInput) =>
    system.client.workflow.execute<typeof finishSeeding>('finishSeeding', {
      workflowId: crypto.randomUUID(),
      taskQueue: system.taskQueue,
      args: [input],
    });

  async function untilWritten(environmentId: number): Promise<number> {
    for (;;) {
      const result = await system
        .syncOf(environmentId)
        .result()
        .catch(() => undefined);
      if (result?.outcome === 'written') return result.featureStatesCount;
      await delay(50);
    }
  }

  it('completes an environment that was left half-way, clears its flag, and its document is written', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const environmentId = await insertEnvironment(sql, projectId, { is_creating: true });
    const [whole, valueless] = [
      await insertFeature(sql, projectId, 'a'),
      await insertFeature(sql, projectId, 'b'),
    ];
    await insertFeature(sql, projectId, 'c', { initial_value: 'red' });
    await insertFeatureState(sql, environmentId, whole, 'set by a user');
    const state = await insertFeatureState(sql, environmentId, valueless);
    await sql`DELETE FROM features_featurestatevalue WHERE feature_state_id = ${state}`;

    assert.deepEqual(await run({ environmentId }), { featureStatesCount: 1 });
    const states = await readStates(sql, projectId);
    assert.deepEqual(
      states.map(({ type, value }) => [type, value]),
      [
        ['unicode', 'set by a user'],
        ['unicode', null],
        ['unicode', 'red'],
      ],
    );
    const [environment] =
      await sql`SELECT is_creating FROM environments_environment WHERE id = ${environmentId}`;
    assert.deepEqual(environment, { is_creating: false });
    assert.equal(await untilWritten(environmentId), 3);
  });

  it('completes a feature that was left half-way in all environments of its project, and clears its flag', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    // First, so that no document is written before the flag is down.
    const featureId = await insertFeature(sql, projectId, 'size', { is_creating: true });
    const environmentIds = [];
    for (let n = 0; n < 3; n++) environmentIds.push(await insertEnvironment(sql, projectId));
    await insertFeatureState(sql, environmentIds[0]!, featureId);

    assert.deepEqual(await run({ featureId }), { featureStatesCount: 2 });
    const [feature] = await sql`SELECT is_creating FROM features_feature WHERE id = ${featureId}`;
    assert.deepEqual(feature, { is_creating: false });
    for (const environmentId of environmentIds) assert.equal(await untilWritten(environmentId), 1);
  });

  for (const [what, input, message] of [
    ['an environment whose flag is down', 'settled', /^environmentId: environment \d+ is not being seeded/],
    [
      'an environment created a moment ago',
      'young',
      /^environmentId: environment \d+ is being created at this/,
    ],
    [
      'an environment that never was',
      { environmentId: 999_999 },
      /^environmentId: there is no environment 999999/,
    ],
    ['a feature beyond 32 bit', { featureId: 3_000_000_000 }, /^featureId: there is no feature 3000000000/],
    ['both at a time', { environmentId: 1, featureId: 1 }, /^featureId: expected none beside environmentId/],
    ['no id', {}, /^environmentId: expected a whole number above 0, got nothing/],
    ['a text', { featureId: '7' }, /^featureId: expected a whole number above 0, got "7"/],
  ] as const)
    it(`refuses ${what}, naming the field`, async () => {
      const { sql } = system.database;
      const projectId = await insertProject(sql);
      const columns = input === 'young' ? { is_creating: true, created_date: new Date() } : {};
      const given =
        typeof input === 'string'
          ? { environmentId: await insertEnvironment(sql, projectId, columns) }
          : input;
      await assert.rejects(run(given as FinishSeedingInput), (error) => {
        assert.ok(error instanceof WorkflowFailedError);
        let cause: Error | undefined = error;
        while (cause.cause instanceof Error) cause = cause.cause;
        assert.ok(cause instanceof ApplicationFailure);
        assert.equal(cause.type, 'InvalidInput');
        assert.match(cause.message, message);
        return true;
      });
    });
});
