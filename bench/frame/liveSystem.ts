import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import { type Config, readConfig } from '../../src/config.js';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { startStack } from '../../src/embedded/stack.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { installTemporalRuntime, type TemporalRuntime } from '../../src/telemetry/temporalRuntime.js';
import { startWorker } from '../../src/worker.js';
import { bundleWorkflows } from '../../src/workflowBundle.js';

/** Servers of the bench's own, with all that the product needs. */
export interface LiveServers {
  databaseUrl: string;
  db: Database;
  dynamo: DynamoDBClient;
  tables: { v1: string; v2: string };
  client: Client;
  temporalAddress: string;
  instanceName: string;
  pollIntervalMs: number;
  /** What a worker is told. */
  config: Config;
  /** The same, and where the servers are, for a worker in a process of its own. */
  env: Record<string, string>;
}

/** The whole product at work on such servers, its settings the defaults; creations run, too. */
export interface LiveSystem extends LiveServers {
  /** Documents put so far. */
  writes(): Promise<number>;
}

const TABLES = { v1: 'environments', v2: 'environments_v2' };

/** Runs `work` beside a worker; `fill` prepares the migrated database before it starts. All is gone afterwards. */
export const withLiveSystem = <T>(
  progress: (line: string) => void,
  fill: (databaseUrl: string) => Promise<void>,
  work: (system: LiveSystem) => Promise<T>,
): Promise<T> =>
  withLiveServers(progress, fill, async (servers) => {
    const logger = createLogger('warn');
    const worker = await startWorker({
      config: servers.config,
      logger,
      runtime: await runtimeOnce(() => installTemporalRuntime(logger)),
      workflowBundle: await bundleWorkflows(),
      temporal: { connection: { address: servers.temporalAddress }, namespace: 'default' },
    });
    try {
      return await work({
        ...servers,
        async writes() {
          const { values } = await worker.metrics.flagsmith_environment_document_writes_total.get();
          return values.find(({ labels }) => labels.result === 'success')?.value ?? 0;
        },
      });
    } finally {
      worker.stop();
      await worker.finished;
    }
  });

/** Runs `work` without any worker. */
export async function withLiveServers<T>(
  progress: (line: string) => void,
  fill: (databaseUrl: string) => Promise<void>,
  work: (servers: LiveServers) => Promise<T>,
): Promise<T> {
  await using stack = await startStack({ progress, env: { ...process.env, TEMPORAL_ADDRESS: undefined } });
  const env = {
    DATABASE_URL: stack.databaseUrl,
    TEMPORAL_ADDRESS: stack.temporalAddress,
    ENVIRONMENTS_TABLE_NAME_DYNAMO: TABLES.v1,
    ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: TABLES.v2,
    CREATION_ENABLED: 'true',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    ...awsSettings(stack.dynamoEndpoint),
  };
  Object.assign(process.env, awsSettings(stack.dynamoEndpoint));
  const config = readConfig(env);
  const db = connectDatabase(stack.databaseUrl, { applicationName: 'bench' });
  const dynamo = new DynamoDBClient({});
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    await migrate(db, { instanceName: config.instanceName, creationEnabled: true, baseline: true });
    await fill(stack.databaseUrl);
    await db`DELETE FROM document_sync.outbox`;
    await createEnvironmentTables(dynamo, { environments: TABLES.v1, environmentsV2: TABLES.v2 });
    return await work({
      databaseUrl: stack.databaseUrl,
      db,
      dynamo,
      tables: TABLES,
      client: new Client({ connection }),
      temporalAddress: stack.temporalAddress,
      instanceName: config.instanceName,
      pollIntervalMs: config.relay.pollIntervalMs,
      config,
      env,
    });
  } finally {
    await db.end();
    await connection.close();
    dynamo.destroy();
  }
}

const awsSettings = (endpoint: string) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** A process has one Temporal runtime, however many benches it runs. */
let runtime: Promise<TemporalRuntime> | undefined;
const runtimeOnce = (install: () => Promise<TemporalRuntime>) => (runtime ??= install());
