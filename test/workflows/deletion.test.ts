import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowFailedError } from '@temporalio/client';
import {
  changeRecorded,
  type DeleteInput,
  type Deletion,
  type ScheduledChange,
  syncStatus,
  type WriteOutcome,
} from '../../src/workflows/contract.js';
import { timerDelaysMs, useSyncHarness } from '../support/sync.js';
import { CLEAR, PAUSED, scripted, untilTrue, WRITTEN } from './scripted.js';

const GONE: WriteOutcome = { outcome: 'deleted', seeding: false };
const RE_KEYED: WriteOutcome = { ...WRITTEN, retiredKeys: true };
const SEEN_AT = '2026-01-01T00:00:00.000000';
const A_DAY_MS = 86_400_000;

const deletion = (itemsCount: number, againInMs?: number): Deletion => ({
  outcome: 'deleted',
  isLive: false,
  itemsCount,
  refusedCount: 0,
  ...(againInMs !== undefined && { againInMs }),
});
const refused = () => ApplicationFailure.nonRetryable('another database wrote it', 'OtherSource');
const aheadBy = (inMs: number): ScheduledChange => ({
  liveFrom: `${new Date(Date.now() + inMs).toISOString().slice(0, -1)}000`,
  inMs,
  seenAt: SEEN_AT,
});

/** Activities that write and delete by script: one answer after the other, the last one for ever. */
function deleting(outcomes: WriteOutcome[], deletions: Deletion[]) {
  const { activities, calls } = scripted([CLEAR], outcomes);
  const deletes: DeleteInput[] = [];
  const deleteDocument = (input: DeleteInput) => {
    const answer = deletions[Math.min(deletes.push(input), deletions.length) - 1]!;
    return Promise.resolve(answer);
  };
  return { activities: { ...activities, deleteDocument }, calls, deletes };
}

describe('environmentDocumentSync, of a deleted environment', () => {
  const harness = useSyncHarness();

  it('deletes its items, and once more after a timer that says so, and ends with how many they were', async () => {
    const { activities, deletes } = deleting([GONE], [deletion(2, 300), deletion(1)]);
    const { result, history } = await harness.withSync(activities, {}, async (sync) => ({
      result: await sync.result(),
      history: await sync.fetchHistory(),
    }));
    assert.deepEqual(result, { ...GONE, itemsDeletedCount: 3 });
    assert.deepEqual(deletes, Array(2).fill({ environmentId: 42, againAfterMs: 60_000 }));
    assert.deepEqual(timerDelaysMs(history), [300]);
    const [timer] = (history.events ?? []).filter((event) => event.timerStartedEventAttributes);
    assert.equal(Buffer.from(timer?.userMetadata?.summary?.data ?? []).toString(), '"deletion: once more"');
  });

  it('goes by the delay that it was started with', async () => {
    const { activities, deletes } = deleting([GONE], [deletion(0)]);
    await harness.withSync(activities, { deleteAgainAfterMs: 7 }, (sync) => sync.result());
    assert.deepEqual(deletes, [{ environmentId: 42, againAfterMs: 7 }]);
  });

  it('shows that it is deleting, and serves a signal meanwhile at once: what was restored is written', async () => {
    const { activities, calls, deletes } = deleting([GONE, WRITTEN], [deletion(2, A_DAY_MS)]);
    const result = await harness.withSync(activities, { showState: true }, async (sync) => {
      await untilTrue(async () => (await sync.query(syncStatus)).state === 'deleting');
      await untilTrue(async () => timerDelaysMs(await sync.fetchHistory()).length === 1);
      const { raw } = await sync.describe();
      const attribute = raw.workflowExecutionInfo?.searchAttributes?.indexedFields?.['DocumentSyncState'];
      assert.equal(Buffer.from(attribute?.data ?? []).toString(), '"deleting"');
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:01.000000' });
      return await sync.result();
    });
    assert.deepEqual(result, WRITTEN);
    assert.equal(calls.writeDocument[1]?.changedAt, '2026-01-01T00:00:01.000000');
    assert.equal(deletes.length, 1);
  });

  it('goes on with the deletion where the signal meanwhile was about nothing else', async () => {
    const { activities, deletes } = deleting([GONE], [deletion(2, A_DAY_MS), deletion(0, 50), deletion(0)]);
    await harness.withSync(activities, {}, async (sync) => {
      await untilTrue(async () => timerDelaysMs(await sync.fetchHistory()).length === 1);
      await sync.signal(changeRecorded, { changedAt: SEEN_AT });
      await sync.result();
    });
    assert.equal(deletes.length, 3);
  });

  it('looks again where the deletion finds the environment restored, though nobody said so', async () => {
    const { activities, calls } = deleting([GONE, WRITTEN], [{ ...deletion(0), isLive: true }]);
    assert.deepEqual(await harness.withSync(activities, {}, (sync) => sync.result()), WRITTEN);
    assert.equal(calls.writeDocument.length, 2);
  });

  it('looks again where syncs are paused meanwhile, and ends as that look says', async () => {
    const { activities, calls, deletes } = deleting(
      [GONE, PAUSED],
      [deletion(2, 50), { ...deletion(0), outcome: 'paused' }],
    );
    assert.deepEqual(await harness.withSync(activities, {}, (sync) => sync.result()), PAUSED);
    assert.deepEqual([calls.writeDocument.length, deletes.length, calls.requestSync.length], [2, 2, 0]);
  });

  it('looks again where a change is signalled during the last deletion', async () => {
    const { activities, calls } = deleting([GONE, WRITTEN], [deletion(0)]);
    let finish: (() => void) | undefined;
    const isHeld = new Promise<void>((resolve) => (finish = resolve));
    let isDeleting = false;
    const { deleteDocument } = activities;
    activities.deleteDocument = async (input) => {
      isDeleting = true;
      await isHeld;
      return await deleteDocument(input);
    };
    await harness.withSync(activities, {}, async (sync) => {
      await untilTrue(() => isDeleting);
      await sync.signal(changeRecorded, { changedAt: SEEN_AT });
      finish?.();
      assert.deepEqual(await sync.result(), WRITTEN);
    });
    assert.equal(calls.writeDocument.length, 2);
  });
});

describe('environmentDocumentSync, of an environment whose key was changed', () => {
  const harness = useSyncHarness();

  for (const outcome of ['written', 'superseded', 'not_due'] as const) {
    it(`deletes what the old key left after the outcome ${outcome}, and once more, and ends with the outcome`, async () => {
      const reKeyed = { ...RE_KEYED, outcome } as WriteOutcome;
      const { activities, calls, deletes } = deleting([reKeyed], [deletion(1, 50), deletion(0)]);
      assert.deepEqual(await harness.withSync(activities, {}, (sync) => sync.result()), reKeyed);
      assert.deepEqual([calls.writeDocument.length, deletes.length], [1, 2]);
    });
  }

  it('deletes nothing where no key was retired', async () => {
    const { activities, deletes } = deleting([WRITTEN], [deletion(0)]);
    await harness.withSync(activities, {}, (sync) => sync.result());
    assert.equal(deletes.length, 0);
  });

  it('holds back no scheduled change that goes live before the second deletion', async () => {
    const { activities, calls, deletes } = deleting(
      [{ ...RE_KEYED, scheduled: aheadBy(200) }, RE_KEYED],
      [deletion(1, A_DAY_MS), deletion(0)],
    );
    await harness.withSync(activities, {}, (sync) => sync.result());
    assert.deepEqual(
      calls.writeDocument.map(({ onlyIfLiveSince }) => onlyIfLiveSince),
      [undefined, SEEN_AT],
    );
    assert.equal(deletes.length, 2);
  });

  it('waits on for a scheduled change after the second deletion, for the rest of its time', async () => {
    const scheduled = aheadBy(5_000);
    const { activities, calls } = deleting(
      [{ ...RE_KEYED, scheduled }, WRITTEN],
      [deletion(1, 1_000), deletion(0)],
    );
    const history = await harness.withSync(activities, {}, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    const [untilDeletion, untilLive] = timerDelaysMs(history);
    assert.equal(untilDeletion, 1_000);
    assert.ok(untilLive! > 0 && untilLive! < 4_000, `${untilLive} ms`);
    assert.equal(calls.writeDocument.length, 2);
  });

  it('fails where the deletion is refused for good, and leaves what is scheduled to a sync of that moment', async () => {
    const scheduled = aheadBy(A_DAY_MS);
    const { activities, calls } = deleting([{ ...RE_KEYED, scheduled }], []);
    activities.deleteDocument = () => Promise.reject(refused());
    await harness.withSync(activities, {}, (sync) =>
      assert.rejects(
        sync.result(),
        (error: WorkflowFailedError) => (error.cause?.cause as ApplicationFailure).type === 'OtherSource',
      ),
    );
    assert.deepEqual(calls.requestSync, [{ environmentId: 42, dueAt: scheduled.liveFrom }]);
  });

  it('forgets no change that is signalled while the deletion is refused for good', async () => {
    const { activities, calls } = deleting([RE_KEYED, WRITTEN], []);
    let isDeleting = false;
    let finish: (() => void) | undefined;
    const isHeld = new Promise<void>((resolve) => (finish = resolve));
    activities.deleteDocument = async () => {
      isDeleting = true;
      await isHeld;
      throw refused();
    };
    await harness.withSync(activities, {}, async (sync) => {
      await untilTrue(() => isDeleting);
      await sync.signal(changeRecorded, { changedAt: SEEN_AT });
      finish?.();
      assert.deepEqual(await sync.result(), WRITTEN);
    });
    assert.equal(calls.writeDocument[1]?.changedAt, SEEN_AT);
  });
});
