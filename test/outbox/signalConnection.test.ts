import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, defaultGrpcRetryOptions } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { connectForSignals, signalRetries } from '../../src/outbox/signalConnection.js';
import { startSync } from '../../src/outbox/startSync.js';
import { DEFAULT_SEEDING_POLLS, syncWorkflowId } from '../../src/workflows/contract.js';
import { temporalServer } from '../support/servers.js';

type Status = Parameters<typeof signalRetries.delayFunction>[1];

const RESOURCE_EXHAUSTED = 8 as unknown as Status['code'];
const NAMESPACE = 'default';
const INSTANCE = 'signal-connection';
const TASK_QUEUE = 'signal-connection';
const ENVIRONMENT_ID = 42;

describe('a connection for signals', () => {
  let connection: Connection;
  /** Tries nothing again. */
  let impatient: Connection;

  before(async function () {
    this.timeout(300_000);
    const { address } = await temporalServer();
    connection = await connectForSignals({ address });
    impatient = await Connection.connect({ address, interceptors: [] });
  });
  after(async () => {
    await sync().terminate();
    await connection.close();
    await impatient.close();
  });

  const sync = () => new Client({ connection }).workflow.getHandle(syncWorkflowId(INSTANCE, ENVIRONMENT_ID));

  const signal = (by = connection) =>
    startSync(
      {
        client: new Client({ connection: by }),
        instanceName: INSTANCE,
        taskQueue: TASK_QUEUE,
        seedingPolls: DEFAULT_SEEDING_POLLS,
        registered: () => new Set(),
        deadlineMs: 5_000,
      },
      {
        environmentId: ENVIRONMENT_ID,
        organisationId: 1,
        projectId: 1,
        changedAt: '2026-01-01T00:00:00.000000',
        seedingFinished: false,
      },
    );

  /** A worker's part, by hand: a workflow task is in work from here on. */
  async function takeTask(): Promise<Uint8Array> {
    const { taskToken } = await connection.withDeadline(Date.now() + 10_000, () =>
      connection.workflowService.pollWorkflowTaskQueue({
        namespace: NAMESPACE,
        taskQueue: { name: TASK_QUEUE },
      }),
    );
    return taskToken;
  }
  const complete = (taskToken: Uint8Array) =>
    connection.workflowService.respondWorkflowTaskCompleted({
      namespace: NAMESPACE,
      taskToken,
      commands: [
        {
          commandType: temporal.api.enums.v1.CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
          completeWorkflowExecutionCommandAttributes: {},
        },
      ],
    });

  it('brings a change to the next run as soon as the one that is closing has ended', async () => {
    await signal();
    const task = await takeTask();
    await signal(); // Not seen by this task, which therefore cannot be the run's last one.
    await assert.rejects(complete(task), /UnhandledCommand/);
    const lastTask = await takeTask();

    const waits = recordWaits();
    const signalled = signal().finally(waits.stop);
    await assert.rejects(signal(impatient), isRefusalByClosing);
    while (waits.ms.length === 0) await delay(5);
    await complete(lastTask);
    await signalled;
    assert.equal(waits.ms[0], 10);
    assert.ok(Math.max(...waits.ms) <= 500, waits.ms.join());
    assert.equal((await sync().describe()).status.name, 'RUNNING');
  });

  /** How long a signal that is refused waits before each of its next tries: what a busy machine takes beside that is its own affair. */
  function recordWaits() {
    const ms: number[] = [];
    const { delayFunction } = signalRetries;
    signalRetries.delayFunction = (...args) => {
      const wait = delayFunction(...args);
      ms.push(wait);
      return wait;
    };
    return { ms, stop: () => (signalRetries.delayFunction = delayFunction) };
  }

  const isRefusalByClosing = ({ cause }: Error) => /workflow is closing/.test(String(cause));

  it('takes the time of the SDK before it asks an overloaded server again', () => {
    const overloaded = { code: RESOURCE_EXHAUSTED, details: 'namespace rate limit exceeded' } as Status;
    const usual = defaultGrpcRetryOptions();
    assert.equal(signalRetries.retryableDecider(10, overloaded), usual.retryableDecider(10, overloaded));
    assert.ok(signalRetries.delayFunction(1, overloaded) >= 1_000);
  });
});
