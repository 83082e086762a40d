import { fileURLToPath } from 'node:url';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import type { LiveSystem } from '../frame/liveSystem.js';
import { changed, type floor, type FloorActivities } from './floorWorkflow.js';
import { markOf, untilMarked } from '../frame/stored.js';

const TASK_QUEUE = 'floor';
export const FLOOR_TABLE = 'floor';

export interface Floor {
  /** From the signal to the item readable under its new mark, in milliseconds. */
  measure(): Promise<number>;
  stop(): Promise<void>;
}

/** A worker of its own for the floor's workflow, in this process as the product's is; it puts `item` into a table of its own. */
export async function startFloor(system: LiveSystem, item: DynamoItem): Promise<Floor> {
  await system.dynamo.send(
    new CreateTableCommand({
      TableName: FLOOR_TABLE,
      AttributeDefinitions: [{ AttributeName: 'api_key', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'api_key', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const connection = await NativeConnection.connect({ address: system.temporalAddress });
  const worker = await createWorker(connection, {
    look: () => Promise.resolve(),
    async put(mark) {
      const marked = { ...item, document_sync: { M: { ...item['document_sync']?.M, order: { S: mark } } } };
      await system.dynamo.send(new PutItemCommand({ TableName: FLOOR_TABLE, Item: marked }));
    },
  });
  const running = worker.run();
  let rounds = 0;
  return {
    async measure() {
      const mark = markOf(++rounds);
      const startedAt = performance.now();
      await system.client.workflow.signalWithStart<typeof floor>('floor', {
        workflowId: `floor-${rounds}`,
        taskQueue: TASK_QUEUE,
        args: [mark],
        signal: changed,
      });
      await untilMarked(system.dynamo, FLOOR_TABLE, item, (stored) => stored === mark);
      return performance.now() - startedAt;
    },
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

async function createWorker(connection: NativeConnection, activities: FloorActivities): Promise<Worker> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('floorWorkflow.ts', import.meta.url)),
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error },
  });
  return await Worker.create({ connection, taskQueue: TASK_QUEUE, workflowBundle, activities });
}

const quiet = () => undefined;
