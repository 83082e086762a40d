import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import {
  changeRecorded,
  type ScheduledChange,
  syncStatus,
  type WriteOutcome,
} from '../../src/workflows/contract.js';
import { scheduledBehind, untilLiveMs } from '../../src/workflows/scheduledChange.js';
import { timerDelaysMs, useSyncHarness } from '../support/sync.js';
import { CLEAR, FLAGGED, QUICK, scripted, untilTrue, WRITTEN } from './scripted.js';

const SEEN_AT = '2026-01-01T00:00:00.000000';
const utc = (ms: number) => `${new Date(ms).toISOString().slice(0, -1)}000`;
const aheadBy = (inMs: number): ScheduledChange => ({
  liveFrom: utc(Date.now() + inMs),
  inMs,
  seenAt: SEEN_AT,
});
const NOT_DUE: WriteOutcome = { outcome: 'not_due', seeding: false };
const A_DAY_MS = 86_400_000;
const A_CENTURY_MS = 36_500 * A_DAY_MS;

describe('environmentDocumentSync, with a scheduled change ahead', () => {
  const harness = useSyncHarness();

  it('waits for it with a timer that says so, and writes when it goes live, if it still does', async () => {
    const scheduled = aheadBy(600);
    const { activities, calls } = scripted([CLEAR], [{ ...WRITTEN, scheduled }, WRITTEN]);
    const history = await harness.withSync(activities, {}, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    assert.deepEqual(timerDelaysMs(history), [600]);
    assert.deepEqual(
      calls.writeDocument.map(({ onlyIfLiveSince }) => onlyIfLiveSince),
      [undefined, SEEN_AT],
    );
    assert.equal(calls.writeDocument[1]?.changedAt, scheduled.liveFrom);
    const [timer] = (history.events ?? []).filter((event) => event.timerStartedEventAttributes);
    assert.match(
      Buffer.from(timer?.userMetadata?.summary?.data ?? []).toString(),
      /^"scheduled change: live at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"$/,
    );
  });

  for (const outcome of ['written', 'superseded', 'not_due'] as const) {
    it(`waits for it after the outcome ${outcome}`, async () => {
      const first = { ...WRITTEN, outcome, scheduled: aheadBy(50) } as WriteOutcome;
      const { activities, calls } = scripted([CLEAR], [first, WRITTEN]);
      await harness.withSync(activities, {}, (sync) => sync.result());
      assert.equal(calls.writeDocument.length, 2);
    });
  }

  it('serves a change that is signalled meanwhile at once, and then waits on', async () => {
    const scheduled = aheadBy(A_DAY_MS);
    const { activities, calls } = scripted([CLEAR], [{ ...WRITTEN, scheduled }]);
    await harness.withSync(activities, { showState: true }, async (sync) => {
      await untilTrue(async () => (await sync.query(syncStatus)).state === 'waiting for a scheduled change');
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:01.000000' });
      await untilTrue(() => calls.writeDocument.length === 2);
      await untilTrue(async () => (await sync.query(syncStatus)).state === 'waiting for a scheduled change');
      const { raw, status } = await sync.describe();
      assert.equal(status.name, 'RUNNING');
      const attribute =
        raw.workflowExecutionInfo?.searchAttributes?.indexedFields?.['DocumentSyncState']?.data;
      assert.equal(Buffer.from(attribute ?? []).toString(), '"waiting for a scheduled change"');
    });
    const { onlyIfLiveSince, changedAt } = calls.writeDocument[1]!;
    assert.deepEqual([onlyIfLiveSince, changedAt], [undefined, '2026-01-01T00:00:01.000000']);
  });

  it('gives a change a new run once its history is long, and serves each change once', async () => {
    const scheduled = aheadBy(A_DAY_MS);
    const { activities, calls } = scripted([CLEAR]);
    let isAhead = true;
    activities.writeDocument = (input) => {
      calls.writeDocument.push(input);
      return Promise.resolve(isAhead ? { ...WRITTEN, scheduled } : WRITTEN);
    };
    const changes: string[] = [];
    const eventsCount = await harness.withSync(activities, {}, async (sync) => {
      const signalNext = async () => {
        changes.push(`2026-01-01T00:00:00.${String(changes.length).padStart(6, '0')}`);
        await sync.signal(changeRecorded, { changedAt: changes.at(-1)! });
      };
      const { runId: firstRunId } = await sync.describe();
      while ((await sync.describe()).runId === firstRunId) {
        await untilTrue(
          async () => (await sync.query(syncStatus)).state === 'waiting for a scheduled change',
        );
        await signalNext();
        await untilTrue(() => calls.writeDocument.length === 1 + changes.length);
      }
      isAhead = false;
      await signalNext();
      assert.deepEqual(await sync.result(), WRITTEN);
      const first = harness.client.workflow.getHandle(sync.workflowId, firstRunId);
      return (await first.fetchHistory()).events?.length ?? 0;
    });
    assert.deepEqual(
      calls.writeDocument.map(({ changedAt }) => changedAt),
      [undefined, ...changes],
    );
    assert.ok(eventsCount >= 100 && eventsCount < 150, `${eventsCount} events`);
  });

  it('ends when the change is cancelled, and is not woken by it', async () => {
    const { activities, calls } = scripted([CLEAR], [{ ...WRITTEN, scheduled: aheadBy(A_DAY_MS) }, WRITTEN]);
    await harness.withSync(activities, {}, async (sync) => {
      await untilTrue(async () => (await sync.query(syncStatus)).state === 'waiting for a scheduled change');
      await sync.signal(changeRecorded, { changedAt: SEEN_AT });
      await sync.result();
    });
    assert.equal(calls.writeDocument.length, 2);
  });

  it('ends without a write when the change turns out to be gone at its time', async () => {
    const { activities } = scripted([CLEAR], [{ ...WRITTEN, scheduled: aheadBy(50) }, NOT_DUE]);
    assert.deepEqual(await harness.withSync(activities, {}, (sync) => sync.result()), NOT_DUE);
  });

  it('writes whatever is live if a change was signalled during the wait for a seeding at that time', async () => {
    const { activities, calls } = scripted(
      [CLEAR, FLAGGED, CLEAR],
      [{ ...WRITTEN, scheduled: aheadBy(50) }, WRITTEN],
    );
    const seedingPolls = { ...QUICK, initialDelayMs: 4_000 }; // Time enough for the signal.
    await harness.withSync(activities, { seedingPolls }, async (sync) => {
      await untilTrue(async () => (await sync.query(syncStatus)).state === 'waiting for seeding');
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:01.000000' });
      await sync.result();
    });
    assert.equal(calls.writeDocument[1]?.onlyIfLiveSince, undefined);
  });

  it('fails where the write is refused for good, and leaves the change to a sync of that moment', async () => {
    const scheduled = aheadBy(A_DAY_MS);
    const { activities, calls } = scripted([CLEAR]);
    activities.writeDocument = () =>
      Promise.reject(
        ApplicationFailure.nonRetryable('refused', 'UnreadableDocument', { environmentId: 42, scheduled }),
      );
    await harness.withSync(activities, {}, (sync) => assert.rejects(sync.result()));
    assert.deepEqual(calls.requestSync, [{ environmentId: 42, dueAt: scheduled.liveFrom }]);
  });

  it('fails without asking for another sync where nothing is scheduled', async () => {
    const { activities, calls } = scripted([CLEAR]);
    activities.writeDocument = () =>
      Promise.reject(ApplicationFailure.nonRetryable('refused', 'UnreadableDocument', { environmentId: 42 }));
    await harness.withSync(activities, {}, (sync) => assert.rejects(sync.result()));
    assert.deepEqual(calls.requestSync, []);
  });

  it('can wait for the longest time that there is, a century at a time', async () => {
    const liveFrom = '9998-12-31T00:00:00.000000';
    const scheduled = { liveFrom, inMs: Date.parse(`${liveFrom}Z`) - Date.now(), seenAt: SEEN_AT };
    const { activities } = scripted([CLEAR], [{ ...WRITTEN, scheduled }, WRITTEN]);
    await harness.withSync(activities, {}, async (sync) => {
      await untilTrue(async () => (await sync.query(syncStatus)).state === 'waiting for a scheduled change');
      const [delayMs] = timerDelaysMs(await sync.fetchHistory());
      assert.equal(delayMs, A_CENTURY_MS); // the longest timer that the server takes
      await sync.signal(changeRecorded, { changedAt: SEEN_AT });
      await sync.result();
    });
  });
});

describe('untilLiveMs', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const change = (inMs: number, ownClockMs: number) =>
    untilLiveMs({ liveFrom: utc(now + ownClockMs), inMs, seenAt: SEEN_AT }, now);

  it('goes by the clock of PostgreSQL while both clocks nearly agree', () => {
    assert.equal(change(60_000, 60_000), 60_000);
    assert.equal(change(60_000, 52_000), 60_000);
    assert.equal(change(60_000, 500_000), 60_000);
  });

  it('takes an answer for old that is far behind, and waits at least a second', () => {
    assert.equal(change(3_600_000, 1_800_000), 1_800_000);
    assert.equal(change(3_600_000, -5), 1_000);
  });
});

describe('scheduledBehind', () => {
  it('finds nothing in what is no failure of a write', () => {
    assert.equal(scheduledBehind(new Error('x')), undefined);
    assert.equal(scheduledBehind(ApplicationFailure.nonRetryable('x', 'SeedingTimedOut')), undefined);
  });
});
