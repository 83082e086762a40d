import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import { type Config, readConfig, readTogether } from '../config.js';
import { readTemporalSettings } from '../config/temporal.js';
import { connectDatabase, type Database } from '../db/connect.js';

/** Rather than have a look at syncs weigh on a database that has flags to serve. */
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Whoever looks into a fault wants to hear of it soon. */
const MAX_ATTEMPTS = 2;

export interface Servers {
  config: Config;
  db: Database;
  dynamo: DynamoDBClient;
  client: Client;
}

/**
 * Runs `work` with clients of all three servers, and closes them. None of them is reached before it is asked something: a
 * server that is down keeps nobody from asking the others.
 */
export async function withServers<T>(command: string, work: (servers: Servers) => Promise<T>): Promise<T> {
  const [config, temporal] = readTogether(
    () => readConfig(process.env),
    () => readTemporalSettings(),
  );
  const { namespace } = temporal;
  const connection = Connection.lazy({ ...temporal.connection, connectTimeout: CONNECT_TIMEOUT_MS });
  const db = connectDatabase(config.databaseUrl, {
    applicationName: `envsync ${command}`,
    maxConnections: 4,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const dynamo = new DynamoDBClient({ maxAttempts: MAX_ATTEMPTS });
  try {
    return await work({ config, db, dynamo, client: new Client({ connection, namespace }) });
  } finally {
    dynamo.destroy();
    await Promise.allSettled([db.end(), connection.close()]);
  }
}
