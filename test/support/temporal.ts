import type { WorkflowBundleOption } from '@temporalio/worker';
import { createLogger } from '../../src/telemetry/logger.js';
import { installTemporalRuntime, type TemporalRuntime } from '../../src/telemetry/temporalRuntime.js';
import { bundleWorkflows } from '../../src/workflowBundle.js';

/** Everything that workers in this process have logged: one object a line. */
export const logged: Record<string, unknown>[] = [];

export const logger = createLogger('debug', {
  write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>),
});

/** The process's one runtime, logging into `logged`. */
export const testRuntime = memoized((): Promise<TemporalRuntime> => installTemporalRuntime(logger));

/** The workflows as they stand in the sources, bundled once. */
export const testBundle = memoized((): Promise<WorkflowBundleOption> => bundleWorkflows());

function memoized<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
