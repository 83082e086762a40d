import { randomUUID } from 'node:crypto';
import type { Stack } from '../stack.js';

/** Few, so that a seeding of a dozen feature states has several chunks. */
export const CREATION_CHUNK_SIZE = 4;

export interface WorkerSettings {
  instanceName: string;
  taskQueue: string;
  tables: { v1: string; v2: string };
  /** All of the worker's environment but the port. */
  env: Record<string, string>;
}

/**
 * What the demo's worker is configured by. It gets nothing else of the shell's environment and no home folder: neither
 * a profile for AWS nor one for Temporal may lead it elsewhere.
 */
export function workerSettings(stack: Stack, homeFolder: string): WorkerSettings {
  // In a server of somebody's own, other demos and a real installation may run as well.
  const isShared = process.env['TEMPORAL_ADDRESS'] === stack.temporalAddress;
  const instanceName = isShared ? `demo-${randomUUID().slice(0, 8)}` : 'default';
  const taskQueue = isShared ? instanceName : 'environment-document-sync';
  const tables = { v1: 'flagsmith_environments', v2: 'flagsmith_environments_v2' };
  return {
    instanceName,
    taskQueue,
    tables,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: homeFolder,
      DATABASE_URL: stack.databaseUrl,
      INSTANCE_NAME: instanceName,
      TEMPORAL_TASK_QUEUE: taskQueue,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      ENVIRONMENTS_TABLE_NAME_DYNAMO: tables.v1,
      ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: tables.v2,
      AWS_ENDPOINT_URL_DYNAMODB: stack.dynamoEndpoint,
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      CREATION_ENABLED: 'true',
      CREATION_CHUNK_SIZE: String(CREATION_CHUNK_SIZE),
      // Whoever looks into DynamoDB shall be able to read what is there.
      DOCUMENT_COMPRESSION: 'off',
      HTTP_HOST: '127.0.0.1',
    },
  };
}
