import { fileURLToPath } from 'node:url';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import type { StoredDocument } from '../../src/dynamo/readDocument.js';
import type { LiveSystem } from '../frame/liveSystem.js';
import type { Documents } from '../sweeps/documents.js';
import { severalAtATime } from '../sweeps/severalAtATime.js';
import type { floor, FloorActivities } from './floorWorkflow.js';

const TASK_QUEUE = 'floor';

export interface Floor {
  /** From the first start to the last put, one workflow for each document, in milliseconds. */
  measure(): Promise<number>;
  stop(): Promise<void>;
}

/** A worker of its own for the floor's workflows, in this process and with as many slots as the product's. */
export async function startFloor(system: LiveSystem, documents: Documents): Promise<Floor> {
  const { client, config } = system;
  const connection = await NativeConnection.connect({ address: system.temporalAddress });
  let puts = 0;
  let onPut: () => void = () => undefined;
  const worker = await createWorker(connection, config.taskSlots, {
    look: () => Promise.resolve(),
    async put(environmentId) {
      const document = documents.get(environmentId);
      if (!document) throw new Error(`There is no document of environment ${environmentId}.`);
      await putBoth(system, document);
      puts++;
      onPut();
    },
  });
  const running = worker.run();
  let rounds = 0;
  const start = (environmentId: number) =>
    client.workflow.start<typeof floor>('floor', {
      workflowId: `floor/${rounds}/${environmentId}`,
      taskQueue: TASK_QUEUE,
      args: [environmentId],
    });

  return {
    async measure() {
      rounds++;
      puts = 0;
      const startedAt = performance.now();
      const allPut = new Promise<void>((resolve) => {
        onPut = () => {
          if (puts === documents.size) resolve();
        };
      });
      await severalAtATime(documents.keys(), config.relay.batchSize, start);
      await allPut;
      return performance.now() - startedAt;
    },
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

async function putBoth({ dynamo, tables }: LiveSystem, { v1, v2 }: StoredDocument): Promise<void> {
  await Promise.all([
    dynamo.send(new PutItemCommand({ TableName: tables.v1, Item: v1 })),
    dynamo.send(new PutItemCommand({ TableName: tables.v2, Item: v2 })),
  ]);
}

async function createWorker(
  connection: NativeConnection,
  slots: number,
  activities: FloorActivities,
): Promise<Worker> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('floorWorkflow.ts', import.meta.url)),
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error },
  });
  return await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    activities,
    maxConcurrentActivityTaskExecutions: slots,
    maxConcurrentWorkflowTaskExecutions: slots,
  });
}

const quiet = () => undefined;
