import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Connection } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { connectDatabase, type Database } from '../db/connect.js';
import { requireInstance } from '../db/migrate.js';
import { readSourceState } from '../db/sources.js';
import { requireIdentitiesTable, requireTables } from '../dynamo/requireTables.js';
import { connectForSignals } from '../outbox/signalConnection.js';
import type { Closing } from './closing.js';
import { untilReached } from './untilReached.js';

/** What a worker talks to. */
export interface Upstreams {
  db: Database;
  dynamo: DynamoDBClient;
  connection: NativeConnection;
  /** The relay's own. */
  signals: Connection;
}

export interface UpstreamOptions {
  config: Config;
  temporal: { connection: NativeConnectionOptions; namespace: string };
  logger: Logger;
  /** For how long servers that are out of reach are waited for; a minute unless given. */
  reachWithinMs?: number;
}

/** How long PostgreSQL works on a statement of an activity: less than the attempt's own time. */
const STATEMENT_TIMEOUT_MS = 5_000;
const REACH_WITHIN_MS = 60_000;
const PROBE_DEADLINE_MS = 5_000;
/** Beside the wait for Temporal: a process that says nothing for as long is lost or frozen. */
const SILENT_TRANSACTION_MS = 25_000;

/**
 * Connects to all of them, one after the other, and waits for those that are not up yet.
 *
 * @param closing gets what closes each
 * @throws if one is out of reach for too long, or not what it ought to be
 */
export async function connectUpstreams(
  options: UpstreamOptions,
  maxConnections: number,
  closing: Closing,
): Promise<Upstreams> {
  const { config, temporal, logger, reachWithinMs = REACH_WITHIN_MS } = options;
  const patience = { giveUpAtMs: performance.now() + reachWithinMs, logger };
  const db = openDatabase(options, maxConnections);
  closing.push(() => db.end());
  await untilReached('PostgreSQL', () => requireInstance(db, config.instanceName), patience);
  await warnIfMoved(db, logger);

  const dynamo = new DynamoDBClient({ maxAttempts: 2 });
  closing.push(() => {
    dynamo.destroy();
  });
  await untilReached('DynamoDB', () => requireAllTables(dynamo, config), patience);

  const connect = () => NativeConnection.connect(temporal.connection);
  const connection = await untilReached('Temporal', connect, patience);
  closing.push(() => connection.close());
  const signals = await connectForSignals(temporal.connection);
  closing.push(() => signals.close());
  return { db, dynamo, connection, signals };
}

async function requireAllTables(
  dynamo: DynamoDBClient,
  { tables, identitiesTable }: Pick<Config, 'tables' | 'identitiesTable'>,
): Promise<void> {
  await requireTables(dynamo, tables);
  await requireIdentitiesTable(dynamo, identitiesTable);
}

/** @throws unless Temporal answers, and soon */
export async function checkTemporal({ connection }: Pick<Upstreams, 'connection'>): Promise<void> {
  await connection.withDeadline(Date.now() + PROBE_DEADLINE_MS, () =>
    connection.workflowService.getSystemInfo({}),
  );
}

const openDatabase = ({ config, logger }: UpstreamOptions, maxConnections: number): Database =>
  connectDatabase(config.databaseUrl, {
    applicationName: 'environment-document-sync',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    // The relay's transaction waits for Temporal, up to its deadline.
    silentTransactionMs: SILENT_TRANSACTION_MS + config.relay.signalDeadlineMs,
    prepare: {
      onGivenUp: (error) => {
        logger.warn({ err: error }, 'database.statements_not_prepared');
      },
    },
    maxConnections,
  });

/** Documents written where the database was before are left alone until somebody says that it was moved for good. */
async function warnIfMoved(db: Database, logger: Logger): Promise<void> {
  const { present, recorded } = await readSourceState(db);
  if (recorded !== present) logger.warn({ present, recorded }, 'database.moved');
}
