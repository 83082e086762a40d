import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { type InjectedSinks, NativeConnection, Worker } from '@temporalio/worker';
import type { SyncActivities } from '../../src/activities/index.js';
import type { SyncInput } from '../../src/workflows/contract.js';
import type { environmentDocumentSync } from '../../src/workflows/index.js';
import type { SyncSinks } from '../../src/workflows/sinks.js';
import { temporalServer } from './servers.js';
import { testBundle, testRuntime } from './temporal.js';

export interface SyncHarness {
  client: Client;
  /** Runs one sync against these activities until `drive` is done with it. */
  withSync<T>(
    activities: SyncActivities,
    input: Omit<SyncInput, 'environmentId'>,
    drive: Drive<T>,
  ): Promise<T>;
  /** How often syncs gave up, over all runs. */
  timeouts(): number;
}

type Drive<T> = (handle: WorkflowHandle<typeof environmentDocumentSync>) => Promise<T>;

let runs = 0;

/** Workflows on the real Temporal server, with activities that the test answers for. */
export function useSyncHarness(): SyncHarness {
  const harness = {} as SyncHarness;
  let connection: NativeConnection;
  let timeouts = 0;
  const sinks: InjectedSinks<SyncSinks> = {
    sync: {
      seedingTimedOut: {
        fn: () => {
          timeouts++;
        },
      },
    },
  };

  before(async function () {
    this.timeout(300_000);
    await testRuntime();
    const { address } = await temporalServer();
    connection = await NativeConnection.connect({ address });
    harness.client = new Client({ connection: await Connection.connect({ address }) });
  });
  after(async () => {
    await harness.client.connection.close();
    await connection.close();
  });

  harness.timeouts = () => timeouts;
  harness.withSync = async (activities, input, drive) => {
    const taskQueue = `sync-harness-${++runs}`;
    const worker = await Worker.create({
      connection,
      taskQueue,
      activities,
      sinks,
      workflowBundle: await testBundle(),
    });
    return await worker.runUntil(async () => {
      const handle = await harness.client.workflow.start<typeof environmentDocumentSync>(
        'environmentDocumentSync',
        {
          workflowId: taskQueue,
          taskQueue,
          args: [{ environmentId: 42, ...input }],
        },
      );
      try {
        return await drive(handle);
      } finally {
        await handle.terminate().catch(() => undefined); // Ended already, unless the test failed.
      }
    });
  };
  return harness;
}

/** The waits that a run's timers were started with, in milliseconds. */
export const timerDelaysMs = (history: History): number[] =>
  (history.events ?? []).flatMap(({ timerStartedEventAttributes }) => {
    const { seconds, nanos } = timerStartedEventAttributes?.startToFireTimeout ?? {};
    return timerStartedEventAttributes ? [Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6] : [];
  });
