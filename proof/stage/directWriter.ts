import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MockActivityEnvironment } from '@temporalio/testing';
import { writeDocument } from '../../src/activities/writeDocument.js';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { createEvents } from '../../src/telemetry/events.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import type { Stage } from './stage.js';

/** The product's write, called directly: no workflow is needed for what nothing else happens to. */
export interface DirectWriter {
  write: (environmentId: number) => Promise<void>;
  close: () => Promise<void>;
}

/** @param seenThrough what the write is to see the database through: as it is, unless told */
export function directWriter(stage: Stage, seenThrough = (db: Database) => db): DirectWriter {
  const db = connectDatabase(stage.databaseUrl, { applicationName: 'proof' });
  const dynamo = new DynamoDBClient({
    endpoint: stage.recorder.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const deps = {
    ...{
      db: seenThrough(db),
      dynamo,
      tables: stage.tables,
      identitiesTable: undefined,
      compression: 'on' as const,
    },
    seedingPolicy: { inferenceWindowMs: 0 },
    metrics: createMetrics(
      () => Promise.resolve({ rows: 0, oldestSeconds: 0 }),
      () => Promise.resolve(false),
      () => Promise.resolve({ environments: 0, oldestSeconds: 0 }),
    ),
    events: createEvents({ info: ignore, warn: ignore, error: ignore }),
  };
  return {
    async write(environmentId) {
      // An attempt has a deadline, as any of the product's, and a busy machine may miss it.
      for (let attempt = 1; ; attempt++)
        try {
          await activity().run(() => writeDocument(deps, { environmentId }));
          return;
        } catch (error) {
          if (attempt === ATTEMPTS) throw error;
        }
    },
    async close() {
      await db.end();
      dynamo.destroy();
    },
  };
}

const ATTEMPTS = 10;

const ignore = () => undefined;

const activity = () =>
  new MockActivityEnvironment(
    {},
    { logger: { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore } },
  );
