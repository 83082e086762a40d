import assert from 'node:assert/strict';
import { NativeConnection, Worker } from '@temporalio/worker';
import { executionTimeout } from '../../src/worker/executionTimeout.js';
import { temporalServer } from '../support/servers.js';
import { testBundle, testRuntime } from '../support/temporal.js';

describe('executionTimeout', () => {
  it('is taken by the SDK, though its types leave it out', async function () {
    this.timeout(300_000); // The first system of a run starts the servers, and may have to fetch one.
    await testRuntime();
    const connection = await NativeConnection.connect({ address: (await temporalServer()).address });
    const worker = await Worker.create({
      ...{ connection, taskQueue: 'of nobody', workflowBundle: await testBundle() },
      ...executionTimeout,
    });
    assert.equal(worker.options.isolateExecutionTimeoutMs, 60_000);
    const running = worker.run();
    worker.shutdown();
    await running;
    await connection.close();
  });
});
