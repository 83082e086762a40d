import assert from 'node:assert/strict';
import { isGrpcDeadlineError } from '@temporalio/client';
import { type Rest, untilAtRest } from '../../src/outbox/untilAtRest.js';
import { useSyncHarness } from '../support/sync.js';
import { CLEAR, FLAGGED, QUICK, scripted, WRITTEN } from '../workflows/scripted.js';

describe('untilAtRest', () => {
  const harness = useSyncHarness();

  it('resolves when the sync ends', async () => {
    const { activities } = scripted([CLEAR]);
    const rest = await harness.withSync(activities, {}, (sync) => restOf(sync.workflowId));
    assert.equal(rest, 'ended');
  });

  it('resolves when the sync ends by a failure', async () => {
    const { activities } = scripted([FLAGGED]);
    const rest = await harness.withSync(
      activities,
      { seedingPolls: { ...QUICK, maxAttempts: 1 } },
      async (sync) => {
        await assert.rejects(sync.result());
        return await restOf(sync.workflowId);
      },
    );
    assert.equal(rest, 'ended');
  });

  it('tells of a sync that waits, without waiting along', async () => {
    const { activities, calls } = scripted([FLAGGED]);
    const seedingPolls = { ...QUICK, initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
    const rest = await harness.withSync(activities, { seedingPolls }, async (sync) => {
      while (calls.isSeeding === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      return await restOf(sync.workflowId);
    });
    assert.equal(rest, 'waiting');
  });

  it('waits no longer than a moment for a sync whose activity gives no answer', async () => {
    const { activities } = scripted([CLEAR]);
    const stuck = gate();
    activities.writeDocument = () => stuck.then(() => WRITTEN);
    const rest = await harness.withSync(activities, {}, async (sync) => {
      const found = await answerFor(sync.workflowId);
      await sync.terminate();
      stuck.open();
      return found;
    });
    assert.equal(rest, 'busy');
  });

  /** On a busy machine a sync may take longer than the second. */
  async function restOf(workflowId: string): Promise<Rest> {
    const rest = await answerFor(workflowId);
    return rest === 'busy' ? await restOf(workflowId) : rest;
  }

  /** There the server, too, may take longer to say how the sync is: whoever paces a relay takes that for an answer. */
  async function answerFor(workflowId: string): Promise<Rest> {
    try {
      return await untilAtRest(harness.client, workflowId);
    } catch (error) {
      if (isGrpcDeadlineError(error)) return await answerFor(workflowId);
      throw error;
    }
  }

  function gate(): Promise<void> & { open: () => void } {
    let open!: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    return Object.assign(opened, { open });
  }
});
