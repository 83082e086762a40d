import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { type ScheduledChange, syncStatus } from '../../src/workflows/contract.js';
import { useSyncHarness } from '../support/sync.js';
import { CLEAR, FLAGGED, QUICK, scripted, untilTrue, WRITTEN } from '../workflows/scripted.js';

const MOMENT = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;
const A_DAY_MS = 86_400_000;

/** What the web UI asks a workflow for, to show it as its current details. */
async function detailsOf(sync: Pick<WorkflowHandle, 'query'>): Promise<string> {
  const metadata = await sync.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

describe('the page of a sync', () => {
  const harness = useSyncHarness();

  const patient = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, maxAttempts: 3 };
  const stateOf = (sync: WorkflowHandle) => sync.query(syncStatus).then(({ state }) => state);
  async function stateInList(sync: WorkflowHandle): Promise<string> {
    const { raw } = await sync.describe();
    const { DocumentSyncState: state } = raw.workflowExecutionInfo?.searchAttributes?.indexedFields ?? {};
    return Buffer.from(state?.data ?? []).toString();
  }

  it('says while it waits for what, since when, which look of how many it was and when the next is', async () => {
    const seeding = { ...FLAGGED, reasonsCount: 23 };
    const { activities } = scripted([seeding]);
    await harness.withSync(activities, { seedingPolls: patient }, async (sync) => {
      await untilTrue(async () => (await stateOf(sync)) === 'waiting for seeding');
      const details = await detailsOf(sync);
      assert.match(details, new RegExp(`^\\*\\*Waiting for seeding\\*\\* since ${MOMENT}`));
      assert.match(details, /^- feature 7 is being seeded \(is_creating is up\)\n- and 22 more$/m);
      assert.match(details, new RegExp(`Look 1 of 3 found that; next check at ${MOMENT}`));
    });
  });

  it('says when it waits again what its last write came to', async () => {
    const liveFrom = `${new Date(Date.now() + A_DAY_MS).toISOString().slice(0, -1)}000`;
    const scheduled: ScheduledChange = { liveFrom, inMs: A_DAY_MS, seenAt: '2026-01-01T00:00:00.000000' };
    const { activities } = scripted([CLEAR], [{ ...WRITTEN, featureStatesCount: 12, scheduled }]);
    await harness.withSync(activities, {}, async (sync) => {
      await untilTrue(async () => (await stateOf(sync)) === 'waiting for a scheduled change');
      const details = await detailsOf(sync);
      assert.match(details, new RegExp(`changes by itself at ${liveFrom.slice(0, 10)}`));
      assert.match(
        details,
        new RegExp(`Last write of this run: written at ${MOMENT}, 12 feature states, 100 bytes`),
      );
      const { lastWrite } = await sync.query(syncStatus);
      const { outcome, featureStatesCount, documentBytes } = lastWrite!;
      assert.deepEqual([outcome, featureStatesCount, documentBytes], ['written', 12, 100]);
    });
  });

  it('says when it is done what it wrote, and keeps in the list what it did last', async () => {
    const { activities } = scripted([CLEAR]);
    await harness.withSync(activities, { showState: true }, async (sync) => {
      await sync.result();
      assert.match(await detailsOf(sync), /^\*\*Done\*\* .*\n\nLast write of this run: written/);
      assert.deepEqual([await stateOf(sync), await stateInList(sync)], ['done', '"writing"']);
    });
  });

  it('says of a sync that gave up how it is healed', async () => {
    const { activities } = scripted([FLAGGED]);
    await harness.withSync(activities, { seedingPolls: QUICK, showState: true }, async (sync) => {
      await assert.rejects(sync.result(), ({ cause }: WorkflowFailedError) => {
        assert.match(cause?.message ?? '', /If its creator died, .*: `envsync finish-seeding feature 7`\.$/);
        return true;
      });
      assert.match(
        await detailsOf(sync),
        /\*\*Gave up\*\* after 3 looks.*feature 7.*`envsync finish-seeding`/s,
      );
      assert.equal(await stateInList(sync), '"timed out"');
    });
  });

  it('says of a sync that was refused why', async () => {
    const { activities } = scripted([CLEAR]);
    activities.writeDocument = () =>
      Promise.reject(
        ApplicationFailure.nonRetryable('segments_condition 5: put it right', 'UnreadableDocument'),
      );
    await harness.withSync(activities, { showState: true }, async (sync) => {
      await assert.rejects(sync.result());
      assert.match(
        await detailsOf(sync),
        new RegExp(
          `\\*\\*Refused\\*\\* at ${MOMENT} as UnreadableDocument.\n\nsegments_condition 5: put it right`,
        ),
      );
      assert.equal(await stateInList(sync), '"refused"');
    });
  });

  it('names on each activity and timer what it is for', async () => {
    const { activities } = scripted([FLAGGED, CLEAR]);
    const history = await harness.withSync(activities, { seedingPolls: QUICK }, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    const summaries = (history.events ?? []).flatMap(({ userMetadata }) =>
      userMetadata?.summary?.data ? [Buffer.from(userMetadata.summary.data).toString()] : [],
    );
    assert.deepEqual(summaries, [
      '"seeding: look 1 of 3"',
      '"seeding: until look 2"',
      '"seeding: look 2 of 3"',
      '"document: write after look 2 of 3"',
    ]);
  });
});
