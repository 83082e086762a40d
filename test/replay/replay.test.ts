import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { testBundle, testRuntime } from '../support/temporal.js';
import * as workflows from '../../src/workflows/index.js';
import { type History, HISTORIES, readHistory } from './storedHistory.js';

const REMEDY =
  'A workflow that runs now would get stuck with this code. Keep the old commands behind patched("…"), ' +
  'or leave the old code in place under another workflow name.';

describe('the workflows', () => {
  const files = readdirSync(HISTORIES).filter((file) => file.endsWith('.json'));

  before(() => testRuntime());

  it('have a history each of a run that completes, and of one that fails', () => {
    const ends = files.map((file) => endOf(readHistory(file)));
    const expected = Object.keys(workflows).flatMap((type) => [`${type} completes`, `${type} fails`]);
    assert.deepEqual(
      expected.filter((end) => !ends.includes(end)),
      [],
    );
    for (const end of ['environmentDocumentSync', 'rebuildEnvironmentDocuments'])
      assert.ok(ends.includes(`${end} goes on in a new run`));
    assert.ok(ends.includes('rebuildEnvironmentDocuments is cancelled'));
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

/** Which workflow it is of, and how that ended. */
function endOf({ events }: History): string {
  const type = events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
  const last = events?.at(-1);
  if (last?.workflowExecutionCompletedEventAttributes) return `${type} completes`;
  if (last?.workflowExecutionFailedEventAttributes) return `${type} fails`;
  if (last?.workflowExecutionCanceledEventAttributes) return `${type} is cancelled`;
  if (last?.workflowExecutionContinuedAsNewEventAttributes) return `${type} goes on in a new run`;
  return `${type} was still running`;
}
