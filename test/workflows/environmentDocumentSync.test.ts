import assert from 'node:assert/strict';
import { activityInfo } from '@temporalio/activity';
import { type ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { changeRecorded, seedingFinished, syncStatus } from '../../src/workflows/contract.js';
import { logged } from '../support/temporal.js';
import { timerDelaysMs, useSyncHarness } from '../support/sync.js';
import { CLEAR, FLAGGED, INFERRED, PAUSED, QUICK, scripted, untilTrue, WRITTEN } from './scripted.js';

describe('environmentDocumentSync', () => {
  const harness = useSyncHarness();

  it('polls after 1 s, 2 s and 4 s while a feature is seeding, then writes once', async () => {
    const { activities, calls } = scripted([FLAGGED, FLAGGED, FLAGGED, CLEAR]);
    const history = await harness.withSync(activities, {}, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    assert.deepEqual(timerDelaysMs(history), [1_000, 2_000, 4_000]);
    assert.equal(calls.isSeeding, 4);
    assert.equal(calls.writeDocument.length, 1);
  });

  it('ends with what became of the write', async () => {
    const { activities } = scripted([CLEAR]);
    assert.deepEqual(await harness.withSync(activities, {}, (sync) => sync.result()), WRITTEN);
  });

  it('ends where syncs are paused, and shows it', async () => {
    const { activities, calls } = scripted([CLEAR], [PAUSED]);
    await harness.withSync(activities, { showState: true }, async (sync) => {
      assert.deepEqual(await sync.result(), PAUSED);
      const { state, pause, lastWrite } = await sync.query(syncStatus);
      assert.deepEqual([state, lastWrite?.outcome], ['paused', 'paused']);
      assert.deepEqual(pause, { projectId: 7, since: '2026-01-01T00:00:00.000000' });
      const { raw } = await sync.describe();
      const attribute =
        raw.workflowExecutionInfo?.searchAttributes?.indexedFields?.['DocumentSyncState']?.data;
      assert.equal(Buffer.from(attribute ?? []).toString(), '"paused"');
    });
    assert.deepEqual([calls.writeDocument.length, calls.requestSync.length], [1, 0]);
  });

  it('asks before it writes, and writes at once where nothing is seeding', async () => {
    const { activities, calls } = scripted([CLEAR]);
    const history = await harness.withSync(activities, {}, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    const scheduled = (history.events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes }) =>
        activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    assert.deepEqual(scheduled, ['isSeeding', 'writeDocument']);
    assert.deepEqual(timerDelaysMs(history), []);
    assert.equal(calls.writeDocument.length, 1);
  });

  it('fails as SeedingTimedOut past the bound, naming what it waited for, and never writes', async () => {
    const { activities, calls } = scripted([FLAGGED]);
    const timeoutsBefore = harness.timeouts();
    const failure = await harness.withSync(activities, { seedingPolls: QUICK }, (sync) =>
      failureOf(sync.result()),
    );
    assert.equal(failure.type, 'SeedingTimedOut');
    assert.match(failure.message, /Environment 42 .* 3 looks: feature 7 is being seeded/);
    assert.deepEqual(failure.details, [{ environmentId: 42, reasons: FLAGGED.reasons, reasonsCount: 1 }]);
    assert.equal(calls.isSeeding, 3);
    assert.equal(calls.writeDocument.length, 0);
    assert.equal(harness.timeouts(), timeoutsBefore + 1);
    const warning = logged.findLast(({ event }) => event === 'environment_document.seeding_timed_out');
    assert.equal(warning?.['level'], 'warning');
    assert.equal(warning['environment__id'], 42);
  });

  it('begins with a round in its first run, however many changes were signalled before', async () => {
    const { activities, calls } = scripted([CLEAR]);
    const runIds: string[] = [];
    await harness.withLateWorker(
      activities,
      async (sync) => {
        for (let second = 0; second < 120; second++)
          await sync.signal(changeRecorded, {
            changedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString().replace('Z', '000'),
          });
        runIds.push((await sync.describe()).runId);
      },
      async (sync) => {
        await sync.result();
        runIds.push((await sync.describe()).runId);
      },
    );
    assert.equal(runIds[0], runIds[1]);
    assert.deepEqual(
      calls.writeDocument.map(({ changedAt }) => changedAt),
      ['2026-01-01T00:00:00.000000'],
    );
  });

  it('counts its looks on where its history gets long by them', async () => {
    const { activities, calls } = scripted([FLAGGED]);
    const seedingPolls = { initialDelayMs: 1, maxDelayMs: 1, maxAttempts: 20 };
    const eventsCount = await harness.withSync(activities, { seedingPolls }, async (sync) => {
      await failureOf(sync.result());
      return (await sync.fetchHistory()).events?.length ?? 0;
    });
    assert.ok(eventsCount > 150, `${eventsCount} events`);
    assert.equal(calls.isSeeding, 20);
  });

  it('looks again at once when seeding is reported finished', async () => {
    const { activities } = scripted([FLAGGED, CLEAR]);
    const seedingPolls = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, maxAttempts: 3 };
    await harness.withSync(activities, { seedingPolls }, async (sync) => {
      await untilWaiting(() => sync.query(syncStatus));
      await sync.signal(seedingFinished, { changedAt: '2026-01-01T00:00:00.000000' });
      await sync.result();
    });
  });

  it('does not count the looks that finished seedings cause against the bound', async () => {
    const { activities, calls } = scripted([FLAGGED, FLAGGED, FLAGGED, FLAGGED, FLAGGED, CLEAR]);
    const seedingPolls = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, maxAttempts: 2 };
    await harness.withSync(activities, { seedingPolls }, async (sync) => {
      for (let look = 1; look <= 5; look++) {
        await untilTrue(() => calls.isSeeding === look);
        await untilWaiting(() => sync.query(syncStatus));
        await sync.signal(seedingFinished, { changedAt: '2026-01-01T00:00:00.000000' });
      }
      await sync.result();
    });
    assert.equal(calls.writeDocument.length, 1);
  });

  it('writes again for a change that is signalled while it reads', async () => {
    const reading = gate();
    const { activities, calls } = scripted([CLEAR]);
    const writeDocument = activities.writeDocument;
    activities.writeDocument = async (input) => {
      if (calls.writeDocument.length === 0) await reading.pass();
      return await writeDocument(input);
    };
    await harness.withSync(activities, {}, async (sync) => {
      await reading.reached;
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:02.000000' });
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:01.000000' });
      reading.open();
      await sync.result();
    });
    assert.deepEqual(
      calls.writeDocument.map(({ changedAt }) => changedAt),
      [undefined, '2026-01-01T00:00:01.000000'],
    );
  });

  it('writes once for a change that is signalled while it looks, with the time of the oldest', async () => {
    const looking = gate();
    const { activities, calls } = scripted([CLEAR]);
    const isSeeding = activities.isSeeding;
    activities.isSeeding = async (input) => {
      await looking.pass();
      return await isSeeding(input);
    };
    const history = await harness.withSync(activities, {}, async (sync) => {
      await looking.reached;
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:02.000000' });
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:01.000000' });
      looking.open();
      await sync.result();
      return await sync.fetchHistory();
    });
    assert.equal(history.events?.filter((event) => event.workflowExecutionSignaledEventAttributes).length, 2);
    assert.deepEqual(
      calls.writeDocument.map(({ changedAt }) => changedAt),
      ['2026-01-01T00:00:01.000000'],
    );
  });

  it('does not fail at the bound with a change signalled during the last look forgotten', async () => {
    const looking = gate();
    const { activities, calls } = scripted([FLAGGED, FLAGGED, CLEAR]);
    const isSeeding = activities.isSeeding;
    activities.isSeeding = async (input) => {
      if (calls.isSeeding === 1) await looking.pass();
      return await isSeeding(input);
    };
    await harness.withSync(activities, { seedingPolls: { ...QUICK, maxAttempts: 2 } }, async (sync) => {
      await looking.reached;
      await sync.signal(changeRecorded, { changedAt: '2026-01-01T00:00:00.000000' });
      looking.open();
      await sync.result();
    });
    assert.equal(calls.writeDocument.length, 1);
  });

  it('goes on in a new run when its history gets long, in the middle of a wait too, and forgets no change', async () => {
    const SUGGESTED_FROM_EVENTS = 512; // a little more than the test server is told
    const looking = gate();
    const { activities, calls } = scripted([CLEAR]);
    let firstRunId: string | undefined;
    activities.isSeeding = async () => {
      const runId = activityInfo().workflowExecution?.runId;
      firstRunId ??= runId;
      if (runId !== firstRunId) return CLEAR;
      // An attempt that takes too long is repeated: each of them is held.
      await looking.pass();
      return FLAGGED;
    };
    const lastRunId = await harness.withSync(activities, { seedingPolls: QUICK }, async (sync) => {
      await looking.reached;
      for (let sent = 0; sent < SUGGESTED_FROM_EVENTS; sent += 128) {
        const moment = (offset: number) => `2026-01-01T00:00:00.${String(sent + offset).padStart(6, '0')}`;
        await Promise.all(
          Array.from({ length: 128 }, (_, offset) =>
            sync.signal(changeRecorded, { changedAt: moment(offset) }),
          ),
        );
      }
      looking.open();
      await sync.result();
      return (await sync.describe()).runId;
    });
    assert.notEqual(lastRunId, firstRunId);
    assert.deepEqual(
      calls.writeDocument.map(({ changedAt }) => changedAt),
      ['2026-01-01T00:00:00.000000'],
    );
  });

  it('waits on when a flag went up between the look and the write', async () => {
    const { activities, calls } = scripted([CLEAR], [{ outcome: 'seeding', ...FLAGGED }, WRITTEN]);
    const history = await harness.withSync(activities, { seedingPolls: QUICK }, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    assert.deepEqual(timerDelaysMs(history), [20]);
    assert.equal(calls.writeDocument.length, 2);
  });

  it('leaves it to the write past the bound when reasons are only inferred, and waits no longer than they last', async () => {
    const { activities, calls } = scripted([INFERRED], [{ outcome: 'seeding', ...INFERRED }, WRITTEN]);
    const seedingPolls = { ...QUICK, initialDelayMs: 1_000, maxAttempts: 2 };
    const history = await harness.withSync(activities, { seedingPolls }, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    assert.deepEqual(timerDelaysMs(history), [1_000, 1_500]);
    assert.deepEqual(
      calls.writeDocument.map(({ boundReached }) => boundReached),
      [true, true],
    );
  });

  it('hands a look what the look before it remembered', async () => {
    const remembered: unknown[] = [];
    const { activities } = scripted([FLAGGED, CLEAR]);
    const isSeeding = activities.isSeeding;
    activities.isSeeding = (input) => {
      remembered.push(input.memory);
      return isSeeding(input);
    };
    await harness.withSync(activities, { seedingPolls: QUICK }, (sync) => sync.result());
    assert.deepEqual(remembered, [undefined, FLAGGED.memory]);
  });

  it('tells in its query and in a search attribute what it waits for', async () => {
    const { activities } = scripted([FLAGGED, CLEAR]);
    const seedingPolls = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, maxAttempts: 3 };
    await harness.withSync(activities, { seedingPolls, showState: true }, async (sync) => {
      await untilWaiting(() => sync.query(syncStatus));
      const { since, nextCheckAt, ...status } = await sync.query(syncStatus);
      assert.deepEqual(status, {
        state: 'waiting for seeding',
        attempt: 1,
        maxAttempts: 3,
        flagged: true,
        reasons: ['feature 7 is being seeded (is_creating is up)'],
        reasonsCount: 1,
      });
      assert.equal(Date.parse(nextCheckAt ?? '') - Date.parse(since), 3_600_000);
      const { raw } = await sync.describe();
      const attribute =
        raw.workflowExecutionInfo?.searchAttributes?.indexedFields?.['DocumentSyncState']?.data;
      assert.equal(Buffer.from(attribute ?? []).toString(), '"waiting for seeding"');
      await sync.signal(seedingFinished, { changedAt: '2026-01-01T00:00:00.000000' });
      await sync.result();
    });
  });

  it('sets no search attribute where the namespace knows none', async () => {
    const { activities } = scripted([CLEAR]);
    const history = await harness.withSync(activities, {}, async (sync) => {
      await sync.result();
      return await sync.fetchHistory();
    });
    const upserts = (history.events ?? []).filter(
      (event) => event.upsertWorkflowSearchAttributesEventAttributes,
    );
    assert.equal(upserts.length, 0);
  });
});

async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await result.then(
    () => assert.fail('the workflow did not fail'),
    (failed: unknown) => failed as { cause: ApplicationFailure },
  );
  assert.ok(!(error.cause instanceof TimeoutFailure));
  return error.cause;
}

/** Lets a test hold an activity at one point until it opens the gate. */
function gate() {
  let arrive = () => {};
  let open = () => {};
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    reached,
    open: () => {
      open();
    },
    pass: async () => {
      arrive();
      await opened;
    },
  };
}

const untilWaiting = (status: () => Promise<{ state: string }>) =>
  untilTrue(async () => (await status()).state === 'waiting for seeding');
