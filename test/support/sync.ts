import { activityInfo } from '@temporalio/activity';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { type InjectedSinks, NativeConnection, Worker } from '@temporalio/worker';
import type { SyncActivities } from '../../src/activities/index.js';
import { executionTimeout } from '../../src/worker/executionTimeout.js';
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
  /** The same with a worker of its own, which is there only after `before`. */
  withLateWorker<T>(activities: SyncActivities, before: Drive<void>, drive: Drive<T>): Promise<T>;
  /** How often syncs gave up, over all runs. */
  timeouts(): number;
}

type Drive<T> = (handle: WorkflowHandle<typeof environmentDocumentSync>) => Promise<T>;

let runs = 0;

/** Workflows on the real Temporal server, with activities that the test answers for; one worker for all tests. */
export function useSyncHarness(): SyncHarness {
  const harness = {} as SyncHarness;
  const taskQueue = `sync-harness-${process.pid}-${++runs}`;
  const answering = new Map<string, SyncActivities>();
  let timeouts = 0;
  let createWorker: (taskQueue: string) => Promise<Worker>;
  let stop: () => Promise<void>;

  before(async function () {
    this.timeout(300_000);
    await testRuntime();
    const { address } = await temporalServer();
    const connection = await NativeConnection.connect({ address });
    const workflowBundle = await testBundle();
    createWorker = (ofTaskQueue) =>
      Worker.create({
        ...executionTimeout,
        connection,
        taskQueue: ofTaskQueue,
        activities: answeredFor(answering),
        sinks: countingSinks(() => timeouts++),
        workflowBundle,
        shutdownGraceTime: 0,
      });
    const worker = await createWorker(taskQueue);
    const running = worker.run();
    harness.client = new Client({ connection: await Connection.connect({ address }) });
    stop = async () => {
      worker.shutdown();
      await running;
      await harness.client.connection.close();
      await connection.close();
    };
  });
  after(() => stop());

  harness.timeouts = () => timeouts;
  harness.withSync = (activities, input, drive) => withSyncOn(taskQueue, activities, input, drive);
  harness.withLateWorker = (activities, before, drive) => {
    const ownTaskQueue = `${taskQueue}-${++runs}`;
    return withSyncOn(ownTaskQueue, activities, {}, async (sync) => {
      await before(sync);
      return await (await createWorker(ownTaskQueue)).runUntil(() => drive(sync));
    });
  };
  return harness;

  async function withSyncOn<T>(
    ofTaskQueue: string,
    activities: SyncActivities,
    input: Omit<SyncInput, 'environmentId'>,
    drive: Drive<T>,
  ): Promise<T> {
    const workflowId = `${taskQueue}-${++runs}`;
    answering.set(workflowId, activities);
    const handle = await harness.client.workflow.start<typeof environmentDocumentSync>(
      'environmentDocumentSync',
      { workflowId, taskQueue: ofTaskQueue, args: [{ environmentId: 42, ...input }] },
    );
    try {
      return await drive(handle);
    } finally {
      await handle.terminate().catch(() => undefined); // Ended already, unless the test failed.
    }
  }
}

/** Each sync is answered by the activities of its own test. */
function answeredFor(answering: Map<string, SyncActivities>): Record<string, (input: never) => unknown> {
  const answer = (name: string) => (input: never) => {
    const { workflowExecution } = activityInfo();
    const activities: Partial<Record<string, (input: never) => unknown>> =
      answering.get(workflowExecution?.workflowId ?? '') ?? {};
    const activity = activities[name];
    if (!activity) throw new Error(`The test does not answer for ${name}.`);
    return activity(input);
  };
  const names = ['isSeeding', 'writeDocument', 'requestSync', 'deleteDocument'];
  return Object.fromEntries(names.map((name) => [name, answer(name)]));
}

const countingSinks = (count: () => void): InjectedSinks<SyncSinks> => ({
  sync: { seedingTimedOut: { fn: count } },
});

/** The waits that a run's timers were started with, in milliseconds. */
export const timerDelaysMs = (history: History): number[] =>
  (history.events ?? []).flatMap(({ timerStartedEventAttributes }) => {
    const { seconds, nanos } = timerStartedEventAttributes?.startToFireTimeout ?? {};
    return timerStartedEventAttributes ? [Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6] : [];
  });
