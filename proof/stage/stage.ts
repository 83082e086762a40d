import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from 'pino';
import postgres from 'postgres';
import { readConfig } from '../../src/config.js';
import { connectDatabase } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { installTemporalRuntime, type TemporalRuntime } from '../../src/telemetry/temporalRuntime.js';
import { type RunningWorker, startWorker } from '../../src/worker.js';
import { stageBundle } from './bundle.js';
import { type CommittedHistory, followHistory } from './history/history.js';
import type { ItemTable } from './history/committedStates.js';
import { type Reader, startReader } from './reader.js';
import { type Recorder, recordWrites } from './recorder.js';
import type { StageServers } from './servers.js';

/** A system under test, all real: its own database, tables and task queue, with everything it does on record. */
export interface Stage {
  /** Of the database, the instance and the task queue. */
  name: string;
  databaseUrl: string;
  /** For actors: each transaction on a connection of its own. */
  sql: postgres.Sql;
  /** What PostgreSQL committed. */
  history: CommittedHistory;
  /** What DynamoDB accepted. */
  recorder: Recorder;
  /** What readers got meanwhile. */
  reader: Reader;
  /** Past the recorder. */
  dynamo: DynamoDBClient;
  tables: Record<ItemTable, string>;
  client: Client;
  /** What workers are told, in their environment; where DynamoDB is, is the recorder. */
  env: Record<string, string>;
  /** The product's worker in this process, with settings over those of `env`; stopped with the stage. */
  startWorker(options?: {
    settings?: Record<string, string>;
    bundle?: WorkflowBundleOption;
  }): Promise<RunningWorker>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Unique among the stages of these servers: letters, digits and `_`. */
  name: string;
  settings?: Record<string, string>;
  withoutPutCondition?: boolean;
  /** Between two readings of what is watched; 300 unless told. */
  readIntervalMs?: number;
  logger?: Logger;
  runtime?: () => Promise<TemporalRuntime>;
}

const READ_INTERVAL_MS = 300;
const CONNECTIONS_OF_ACTORS = 150;

/** Opens a stage on these servers. Flagsmith's tables are there, and ours; no rows. */
export async function openStage(servers: StageServers, options: StageOptions): Promise<Stage> {
  const { name, logger = createLogger('error') } = options;
  const databaseUrl = await createDatabase(servers.postgresUrl, name);
  const history = await followHistory(databaseUrl);
  const recorder = await recordWrites({
    upstream: servers.dynamoEndpoint,
    withoutPutCondition: options.withoutPutCondition ?? false,
  });
  const dynamo = new DynamoDBClient({ ...AWS, endpoint: servers.dynamoEndpoint });
  const tables = { v1: `${name}_environments`, v2: `${name}_environments_v2` };
  await createEnvironmentTables(dynamo, { environments: tables.v1, environmentsV2: tables.v2 });
  const reader = startReader(dynamo, recorder, options.readIntervalMs ?? READ_INTERVAL_MS);
  const sql = postgres(databaseUrl, {
    ...{ max: CONNECTIONS_OF_ACTORS, onnotice: () => undefined, connection: { TimeZone: 'UTC' } },
  });
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const env = environment(servers, { name, databaseUrl, tables, recorder, settings: options.settings ?? {} });
  const workers: RunningWorker[] = [];

  return {
    ...{ name, databaseUrl, sql, history, recorder, reader, dynamo, tables, env },
    client: new Client({ connection }),
    async startWorker({ settings = {}, bundle } = {}) {
      const workflowBundle = bundle ?? (await stageBundle());
      const worker = await withEnvironment(awsSettings(recorder.endpoint), async () =>
        startWorker({
          config: readConfig({ ...env, ...settings }),
          logger,
          runtime: await (options.runtime ?? runtimeOnce(logger))(),
          workflowBundle,
          temporal: { connection: { address: servers.temporalAddress }, namespace: 'default' },
        }),
      );
      workers.push(worker);
      return worker;
    },
    async close() {
      for (const worker of workers) worker.stop();
      await Promise.all(workers.map(({ finished }) => finished));
      await reader.stop();
      await sql.end({ timeout: 1 });
      await history.close();
      await connection.close();
      dynamo.destroy();
      recorder.close();
    },
  };
}

const AWS = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

const awsSettings = (endpoint: string) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: AWS.region,
  AWS_ACCESS_KEY_ID: AWS.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: AWS.credentials.secretAccessKey,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** The AWS SDK of a worker in this process reads where DynamoDB is from there, with its first request. */
async function withEnvironment<T>(settings: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(settings).map((name) => [name, process.env[name]]));
  Object.assign(process.env, settings);
  try {
    return await work();
  } finally {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  }
}

interface Named {
  name: string;
  databaseUrl: string;
  tables: Stage['tables'];
  recorder: Recorder;
  settings: Record<string, string>;
}

const environment = (
  servers: StageServers,
  { name, databaseUrl, tables, recorder, settings }: Named,
): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  INSTANCE_NAME: name,
  TEMPORAL_TASK_QUEUE: name,
  TEMPORAL_ADDRESS: servers.temporalAddress,
  ENVIRONMENTS_TABLE_NAME_DYNAMO: tables.v1,
  ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: tables.v2,
  ...awsSettings(recorder.endpoint),
  CREATION_ENABLED: 'true',
  HTTP_HOST: '127.0.0.1',
  HTTP_PORT: '0',
  ...settings,
});

async function createDatabase(postgresUrl: string, name: string): Promise<string> {
  const server = postgres(postgresUrl, { max: 1, onnotice: () => undefined });
  await server.unsafe(`CREATE DATABASE ${name} TEMPLATE template0`);
  await server.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const db = connectDatabase(url.href, { applicationName: 'proof' });
  await migrate(db, { instanceName: name, creationEnabled: true, baseline: true });
  await db.end();
  return url.href;
}

/** A process has one Temporal runtime, however many stages it opens. */
let runtime: Promise<TemporalRuntime> | undefined;
const runtimeOnce = (logger: Logger) => () => (runtime ??= installTemporalRuntime(logger));
