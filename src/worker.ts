import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ApplicationFailure, log as activityLog } from '@temporalio/activity';
import { Client, type Connection } from '@temporalio/client';
import {
  type InjectedSinks,
  NativeConnection,
  type NativeConnectionOptions,
  Worker,
  type WorkerOptions as TemporalWorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import {
  type CreationActivities,
  createCreationActivities,
  createSweepActivities,
  createSyncActivities,
} from './activities/index.js';
import type { Config } from './config.js';
import type { SyncDeps } from './activities/deps.js';
import { connectDatabase, type Database } from './db/connect.js';
import { requireInstance } from './db/migrate.js';
import { readOutboxState } from './db/outboxState.js';
import { isAnythingPaused } from './db/pausedSyncs.js';
import { readSourceState } from './db/sources.js';
import { requireIdentitiesTable, requireTables } from './dynamo/requireTables.js';
import { RELAY_LOOPS, runRelay } from './outbox/relay.js';
import { watchSearchAttributes } from './outbox/registeredSearchAttributes.js';
import { connectForSignals } from './outbox/signalConnection.js';
import { startSync } from './outbox/startSync.js';
import { untilAtRest } from './outbox/untilAtRest.js';
import { createEvents } from './telemetry/events.js';
import { type HttpServer, startHttpServer } from './telemetry/httpServer.js';
import { createMetrics, type Metrics } from './telemetry/metrics.js';
import type { TemporalRuntime } from './telemetry/temporalRuntime.js';
import { ChangesInHand } from './sweeps/changesInHand.js';
import { ENVIRONMENTS_AT_A_TIME } from './sweeps/rebuildPage.js';
import { syncWorkflowId } from './workflows/contract.js';
import type { SyncSinks } from './workflows/sinks.js';
import { isSyncRunning } from './verify/isSyncRunning.js';
import { sweepTaskQueue } from './workflows/sweepContract.js';

export interface WorkerOptions {
  config: Config;
  temporal: { connection: NativeConnectionOptions; namespace: string };
  workflowBundle: WorkflowBundleOption;
  logger: Logger;
  runtime: TemporalRuntime;
}

export interface RunningWorker {
  /** Where `/metrics`, `/healthz` and `/readyz` are served. */
  httpPort: number;
  metrics: Metrics;
  /** Resolves once everything has stopped; rejects if the worker ended by a fault. */
  finished: Promise<void>;
  /** Stops in order: no new changes, then what is under way, then the connections. */
  stop(): void;
}

/** What a worker talks to. */
interface Upstreams {
  db: Database;
  dynamo: DynamoDBClient;
  connection: NativeConnection;
  /** The relay's own. */
  signals: Connection;
}

/** How long PostgreSQL works on a statement of an activity: less than the attempt's own time. */
const STATEMENT_TIMEOUT_MS = 5_000;
const PROBE_DEADLINE_MS = 5_000;
const CONNECTIONS_FOR_HTTP = 1;
/** Pages of sweeps that a worker has in hand at a time. */
const SWEEP_SLOTS = 2;

/** As many connections to PostgreSQL as a worker ever has. */
export const maxConnections = ({ taskSlots }: Config): number =>
  taskSlots + SWEEP_SLOTS * (ENVIRONMENTS_AT_A_TIME + 1) + RELAY_LOOPS + CONNECTIONS_FOR_HTTP;

/**
 * Wires everything together and runs it: relay, workflows, activities and the HTTP port.
 *
 * @throws if the database is not prepared for this instance, or something it needs cannot be reached
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const closing: Closing = [];
  try {
    const { config, logger } = options;
    const upstreams = await connectUpstreams(options, closing);
    const metrics = createMetrics(
      () => readOutboxState(upstreams.db),
      () => isAnythingPaused(upstreams.db),
    );
    const workers = await createWorkers(options, upstreams, metrics);
    const http = await serveHttp(options, upstreams, metrics, workers);
    closing.push(() => http.close());

    const stopRelay = new AbortController();
    const relay = await prepareRelay(options, upstreams, stopRelay.signal);
    const finished = runUntilStopped(workers, relay, stopRelay).finally(() => closeAll(closing));
    logger.info(
      {
        http__port: http.port,
        instance: config.instanceName,
        tables: Object.values(config.tables).filter((name) => name !== undefined),
        shadow_table_suffix: config.shadowTableSuffix,
      },
      'worker.started',
    );
    return {
      httpPort: http.port,
      metrics,
      finished,
      stop() {
        stopRelay.abort();
      },
    };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function connectUpstreams(
  { config, temporal, logger }: WorkerOptions,
  closing: Closing,
): Promise<Upstreams> {
  const db = connectDatabase(config.databaseUrl, {
    applicationName: 'environment-document-sync',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    prepare: {
      onGivenUp: (error) => {
        logger.warn({ err: error }, 'database.statements_not_prepared');
      },
    },
    maxConnections: maxConnections(config),
  });
  closing.push(() => db.end());
  await requireInstance(db, config.instanceName);
  await warnIfMoved(db, logger);

  const dynamo = new DynamoDBClient({ maxAttempts: 2 });
  closing.push(() => {
    dynamo.destroy();
  });
  await requireTables(dynamo, config.tables);
  await requireIdentitiesTable(dynamo, config.identitiesTable);

  const connection = await NativeConnection.connect(temporal.connection);
  closing.push(() => connection.close());
  const signals = await connectForSignals(temporal.connection);
  closing.push(() => signals.close());
  return { db, dynamo, connection, signals };
}

/** Documents written where the database was before are left alone until somebody says that it was moved for good. */
async function warnIfMoved(db: Database, logger: Logger): Promise<void> {
  const { present, recorded } = await readSourceState(db);
  if (recorded !== present) logger.warn({ present, recorded }, 'database.moved');
}

/** One for syncs and creations and all workflows, one for the pages of sweeps. */
async function createWorkers(
  options: WorkerOptions,
  upstreams: Upstreams,
  metrics: Metrics,
): Promise<Worker[]> {
  const { config, temporal } = options;
  const common = {
    connection: upstreams.connection,
    namespace: temporal.namespace,
    identity: config.workerIdentity,
    shutdownGraceTime: '10 seconds',
    shutdownForceTime: '20 seconds',
  } as const;
  const deps = { ...config, ...upstreams, metrics, events: createEvents(activityLog) };
  const client = new Client({ connection: upstreams.connection, namespace: temporal.namespace });
  const changesInHand = new ChangesInHand();
  return [
    await createSyncWorker(options, common, deps, changesInHand),
    await Worker.create({
      ...common,
      taskQueue: sweepTaskQueue(config.taskQueue),
      activities: createSweepActivities({
        ...deps,
        changesInHand,
        isSyncRunning: (environmentId) => isSyncRunning(client, config.instanceName, environmentId),
      }),
      maxConcurrentActivityTaskExecutions: SWEEP_SLOTS,
      // What a page has come to since it was last told is done again, where a worker dies.
      maxHeartbeatThrottleInterval: '1 second',
      // Kept by the server, for all workers together.
      maxTaskQueueActivitiesPerSecond: config.sweepPagesPerSecond,
    }),
  ];
}

function createSyncWorker(
  { config, workflowBundle }: WorkerOptions,
  common: Partial<TemporalWorkerOptions>,
  deps: SyncDeps,
  changesInHand: ChangesInHand,
): Promise<Worker> {
  const creation = createCreationActivities({
    db: deps.db,
    chunkSize: config.creation.chunkSize,
    seedingPolicy: config.seedingPolicy,
  });
  const sinks: InjectedSinks<SyncSinks> = {
    sync: {
      seedingTimedOut: {
        fn: () => {
          deps.metrics.flagsmith_environment_document_seeding_timeouts_total.inc();
        },
      },
    },
  };
  return Worker.create({
    ...common,
    taskQueue: config.taskQueue,
    workflowBundle,
    activities: {
      ...changesInHand.ofEach(createSyncActivities(deps)),
      ...(config.creation.enabled ? creation : refusing(creation)),
    },
    sinks,
    // What cannot be worked on yet waits in Temporal, where organisations take turns, and not for a connection here.
    maxConcurrentActivityTaskExecutions: config.taskSlots,
    maxConcurrentWorkflowTaskExecutions: config.taskSlots,
    // How long a run waits for a worker that is gone before another one takes it over.
    stickyQueueScheduleToStartTimeout: '5 seconds',
  });
}

/** A creation that was started by mistake ends at once, saying why, instead of being tried for ever. */
const refusing = (activities: CreationActivities) =>
  Object.fromEntries(
    Object.keys(activities).map((name) => [
      name,
      () =>
        Promise.reject(
          ApplicationFailure.nonRetryable(
            'Creation workflows are off: set CREATION_ENABLED=true',
            'CreationDisabled',
          ),
        ),
    ]),
  );

async function serveHttp(
  { config, runtime }: WorkerOptions,
  upstreams: Upstreams,
  metrics: Metrics,
  workers: Worker[],
): Promise<HttpServer> {
  const { db, dynamo } = upstreams;
  return await startHttpServer(config.http, {
    metrics: async () => (await metrics.registry.metrics()) + (await runtime.metrics()),
    healthy: () => {
      requireRunning(workers);
    },
    ready: async () => {
      requireRunning(workers);
      await Promise.all([
        db`SELECT`,
        checkTemporal(upstreams),
        requireTables(dynamo, config.tables),
        requireIdentitiesTable(dynamo, config.identitiesTable),
      ]);
    },
  });
}

async function prepareRelay(
  { config, temporal, logger }: WorkerOptions,
  upstreams: Upstreams,
  signal: AbortSignal,
) {
  const { db, signals } = upstreams;
  const client = new Client({ connection: signals, namespace: temporal.namespace });
  const { instanceName, taskQueue, seedingPolls, relay } = config;
  const syncOptions = {
    client,
    instanceName,
    taskQueue,
    seedingPolls,
    registered: await watchSearchAttributes(client, temporal.namespace),
    deadlineMs: relay.signalDeadlineMs,
  };
  return () =>
    runRelay({
      db,
      logger,
      ...relay,
      startSync: (change) => startSync(syncOptions, change),
      untilAtRest: (environmentId) => untilAtRest(client, syncWorkflowId(instanceName, environmentId)),
      checkTemporal: () => checkTemporal(upstreams),
      signal,
    });
}

/** The relay goes first, so that what it hands over still finds this worker; a worker that fails takes it along. */
async function runUntilStopped(
  workers: Worker[],
  relay: () => Promise<void>,
  stopRelay: AbortController,
): Promise<void> {
  const working = workers.map((worker) =>
    worker.run().finally(() => {
      stopRelay.abort();
    }),
  );
  const relaying = relay().then(() => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const failed = (await Promise.allSettled([...working, relaying])).find(
    ({ status }) => status === 'rejected',
  );
  if (failed) throw (failed as PromiseRejectedResult).reason;
}

async function checkTemporal({ connection }: Upstreams): Promise<void> {
  await connection.withDeadline(Date.now() + PROBE_DEADLINE_MS, () =>
    connection.workflowService.getSystemInfo({}),
  );
}

function requireRunning(workers: Worker[]): void {
  for (const worker of workers) {
    const state = worker.getState();
    if (state !== 'RUNNING') throw new Error(`The Temporal worker is ${state}.`);
  }
}

type Closing = (() => Promise<void> | void)[];

/** In reverse order, each whatever becomes of the others. */
async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.reverse()) {
    try {
      await close();
    } catch {
      // What does not close properly is gone with the process.
    }
  }
}
