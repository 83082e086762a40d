import { ApplicationFailure, log as activityLog } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import {
  type InjectedSinks,
  Worker,
  type WorkerOptions as TemporalWorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import {
  type CreationActivities,
  createCreationActivities,
  createSweepActivities,
  createSyncActivities,
} from './activities/index.js';
import type { Config } from './config.js';
import type { SyncDeps } from './activities/deps.js';
import { readOutboxState } from './db/outboxState.js';
import { isAnythingPaused } from './db/pausedSyncs.js';
import { requireIdentitiesTable, requireTables } from './dynamo/requireTables.js';
import { RELAY_LOOPS, runRelay } from './outbox/relay.js';
import { watchSearchAttributes } from './outbox/registeredSearchAttributes.js';
import { startSync } from './outbox/startSync.js';
import { untilAtRest } from './outbox/untilAtRest.js';
import { FailedSyncs } from './syncs/failedSyncs.js';
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
import { closeAll, type Closing } from './worker/closing.js';
import { executionTimeout } from './worker/executionTimeout.js';
import { givenMemory, planMemory } from './worker/memory.js';
import { requirePolling, requireRunning } from './worker/polling.js';
import { checkTemporal, connectUpstreams, type UpstreamOptions, type Upstreams } from './worker/upstreams.js';

export interface WorkerOptions extends UpstreamOptions {
  workflowBundle: WorkflowBundleOption;
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
    const upstreams = await connectUpstreams(options, maxConnections(config), closing);
    const metrics = createMetrics(
      () => readOutboxState(upstreams.db),
      () => isAnythingPaused(upstreams.db),
      lookAtFailedSyncs(options, upstreams),
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
        ...(config.deployment && { deployment: config.deployment }),
        tables: Object.values(config.tables).filter((name) => name !== undefined),
        shadow_table_suffix: config.shadowTableSuffix,
        max_cached_workflows: workers[0]?.options.maxCachedWorkflows,
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

function lookAtFailedSyncs({ config, temporal }: WorkerOptions, upstreams: Upstreams) {
  const client = new Client({ connection: upstreams.connection, namespace: temporal.namespace });
  const failedSyncs = new FailedSyncs({ ...config, ...upstreams, client });
  return () => failedSyncs.look();
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
    ...versioned(config),
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

/** Runs go on with the version that is current: replay tests see to it that it can take them over. */
const versioned = ({ deployment }: Config): Partial<TemporalWorkerOptions> =>
  deployment === undefined
    ? {}
    : {
        workerDeploymentOptions: {
          version: deployment,
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'AUTO_UPGRADE',
        },
      };

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
    ...executionTimeout,
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
    maxCachedWorkflows: config.maxCachedWorkflows ?? planMemory(givenMemory()).maxCachedWorkflows,
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
  { config, runtime, temporal }: WorkerOptions,
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
        requirePolling(upstreams.connection, {
          namespace: temporal.namespace,
          taskQueue: config.taskQueue,
          identity: config.workerIdentity,
        }),
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
