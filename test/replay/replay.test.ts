import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { testBundle, testRuntime } from '../support/temporal.js';
import { HISTORIES, readHistory } from './storedHistory.js';

const REMEDY =
  'A workflow that runs now would get stuck with this code. Keep the old commands behind patched("…"), ' +
  'or leave the old code in place under another workflow name.';

describe('the workflows', () => {
  const files = readdirSync(HISTORIES).filter((file) => file.endsWith('.json'));

  before(() => testRuntime());

  it('have histories to be replayed', () => {
    assert.ok(files.length >= 13);
  });

  it('replay every history that an earlier run of any release left', async function () {
    this.timeout(120_000);
    const histories = files.map((file) => ({ workflowId: file, history: readHistory(file) }));
    const replayed: string[] = [];
    const failed: string[] = [];
    const workflowBundle = await testBundle();
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
      replayed.push(workflowId);
      if (error) failed.push(`${workflowId}: ${error.message}\n${REMEDY}`);
    }
    assert.deepEqual(failed, []);
    assert.deepEqual(replayed.sort(), files.sort());
  });
});
