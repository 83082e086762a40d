import { Command } from 'commander';
import { collectDefaultMetrics } from 'prom-client';
import { readConfig, readTogether } from '../config.js';
import { readTemporalSettings } from '../config/temporal.js';
import { createLogger } from '../telemetry/logger.js';
import { installTemporalRuntime } from '../telemetry/temporalRuntime.js';
import { boundHeaps, givenMemory, planMemory } from '../worker/memory.js';
import { type RunningWorker, startWorker } from '../worker.js';
import { workflowBundle } from '../workflowBundle.js';

export const workerCommand = new Command('worker')
  .description(
    'Runs the worker: relays changes to Temporal and syncs the documents, until SIGTERM or Ctrl-C.',
  )
  .addHelpText(
    'after',
    `
Example:
  DATABASE_URL=postgres://user:password@host/flagsmith ENVIRONMENTS_TABLE_NAME_DYNAMO=flagsmith_environments \\
  AWS_REGION=eu-west-2 TEMPORAL_ADDRESS=temporal:7233 envsync worker

Serves /metrics, /healthz and /readyz on HTTP_PORT. Ends with status 0 after a signal, 1 on a fault.`,
  )
  .action(async () => {
    const [config, temporal] = readTogether(
      () => readConfig(process.env),
      () => readTemporalSettings(),
    );
    const logger = createLogger(config.logLevel);
    // Of the process, not of a worker, and before there is a thread for workflows.
    boundHeaps(planMemory(givenMemory()));
    const worker = await startWorker({
      config,
      logger,
      runtime: await installTemporalRuntime(logger),
      temporal,
      workflowBundle: await workflowBundle(),
    });
    // Of the process, not of a worker: there may be several in one.
    collectDefaultMetrics({ register: worker.metrics.registry });
    stopOnSignals(worker);
    await worker.finished;
    logger.info({}, 'worker.stopped');
  });

/** The first signal stops in order, a second one at once. */
function stopOnSignals(worker: RunningWorker): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(130);
      stopping = true;
      worker.stop();
    });
  }
}
