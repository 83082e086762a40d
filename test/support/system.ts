import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { type Config, readConfig } from '../../src/config.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { type RunningWorker, startWorker } from '../../src/worker.js';
import { syncWorkflowId } from '../../src/workflows/contract.js';
import type { environmentDocumentSync } from '../../src/workflows/index.js';
import { type TestDatabase, useDatabase } from './database.js';
import { dynamoServer, temporalServer } from './servers.js';
import { logged, logger, testBundle, testRuntime } from './temporal.js';

/** A migrated database, tables in DynamoDB and a task queue of the calling `describe`'s own; workers on request. */
export interface TestSystem {
  database: TestDatabase;
  dynamo: DynamoDBClient;
  tables: { v1: string; v2: string };
  client: Client;
  taskQueue: string;
  /** What a worker process is configured by, in its environment. */
  env: Record<string, string>;
  /** The sync of an environment: the run that is running, or the last one. */
  syncOf(environmentId: number): WorkflowHandle<typeof environmentDocumentSync>;
  /** Everything that workers in this process have logged: one object a line. */
  logged: Record<string, unknown>[];
  /** A worker in this process, with settings over those of `env`; stopped after the tests if it still runs then. */
  startWorker(settings?: Record<string, string>): Promise<RunningWorker>;
  /** A worker in a process of its own, ready when this resolves; killed after the tests if it still runs then. */
  spawnWorker(settings?: Record<string, string>, hear?: (printed: string) => void): Promise<ChildProcess>;
}

let isBuilt = false;

export function useSystem(
  settings: Record<string, string> = {},
  template: 'migrated' | 'adopted' = 'migrated',
): TestSystem {
  const system = { logged } as TestSystem;
  const workers: RunningWorker[] = [];
  const processes: ChildProcess[] = [];

  // Before the database's own: what uses it ends first.
  after(() => stopAll(system, workers, processes));
  system.database = useDatabase({ template });

  before(async function () {
    this.timeout(300_000); // The first system of a run starts the servers, and may have to fetch one.
    const { name, url } = system.database;
    system.tables = { v1: `${name}_environments`, v2: `${name}_environments_v2` };
    system.taskQueue = name;
    const temporalAddress = (await temporalServer()).address;
    system.env = {
      DATABASE_URL: url,
      INSTANCE_NAME: name,
      TEMPORAL_TASK_QUEUE: name,
      TEMPORAL_ADDRESS: temporalAddress,
      ENVIRONMENTS_TABLE_NAME_DYNAMO: system.tables.v1,
      ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: system.tables.v2,
      AWS_ENDPOINT_URL_DYNAMODB: (await dynamoServer()).endpoint,
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      CREATION_ENABLED: 'true',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      // By default looks take a good part of the CPU that all tests side by side have.
      RELAY_POLL_INTERVAL_MS: '200',
      ...settings,
    };
    // The AWS SDK reads its settings from the process's environment; they are the same for all systems.
    Object.assign(
      process.env,
      Object.fromEntries(Object.entries(system.env).filter(([key]) => key.startsWith('AWS_'))),
    );
    system.dynamo = new DynamoDBClient({});
    await createEnvironmentTables(system.dynamo, {
      environments: system.tables.v1,
      environmentsV2: system.tables.v2,
    });
    system.client = new Client({
      connection: await Connection.connect({ address: temporalAddress }),
    });
  });

  system.syncOf = (environmentId) =>
    system.client.workflow.getHandle<typeof environmentDocumentSync>(
      syncWorkflowId(system.database.name, environmentId),
    );

  system.startWorker = async (overrides = {}) => {
    const config: Config = readConfig({ ...system.env, ...overrides });
    const worker = await startWorker({
      config,
      logger,
      runtime: await testRuntime(),
      workflowBundle: await testBundle(),
      temporal: { connection: { address: system.env['TEMPORAL_ADDRESS']! }, namespace: 'default' },
    });
    workers.push(worker);
    return worker;
  };

  system.spawnWorker = async (overrides = {}, hear) => {
    ensureBuilt();
    const child = spawn(process.execPath, ['dist/cli/main.js', 'worker'], {
      env: { ...process.env, ...system.env, ...overrides },
      stdio: ['ignore', 'pipe', hear ? 'pipe' : 'inherit'],
    });
    processes.push(child);
    for (const output of hear ? [child.stdout, child.stderr] : [])
      output?.on('data', (chunk: Buffer) => hear?.(chunk.toString()));
    await untilPrinted(child, '"event":"worker.started"');
    return child;
  };

  return system;
}

async function stopAll(
  system: TestSystem,
  workers: RunningWorker[],
  processes: ChildProcess[],
): Promise<void> {
  for (const worker of workers) worker.stop();
  await Promise.all(workers.map((worker) => worker.finished));
  await Promise.all(processes.map(kill));
  await system.client.connection.close();
  system.dynamo.destroy();
}

/** One that is ending by itself is listened to before it can have ended. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Worker processes run what is built, as users do. */
export function ensureBuilt(): void {
  if (
    !isBuilt &&
    spawnSync(process.execPath, ['scripts/build-if-stale.mjs'], { stdio: 'inherit' }).status !== 0
  ) {
    throw new Error('The build failed.');
  }
  isBuilt = true;
}

async function untilPrinted(child: ChildProcess, text: string): Promise<void> {
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(text)) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`The process ended before it printed ${text}:\n${printed}`));
    });
  });
}
