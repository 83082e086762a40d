import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const builtBundle = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));

/** The workflows' code: bundled by the build where there was one, else bundled now, which takes seconds. */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  return existsSync(builtBundle) ? { codePath: builtBundle } : await bundleWorkflows();
}

export const bundleWorkflows = () =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows/index', import.meta.url)) + sourceExtension,
    logger: quietLogger,
  });

/** This module's own ending is that of the workflows' source: `.ts` in a checkout, `.js` in a build. */
const sourceExtension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

const quiet = () => undefined;
const quietLogger = {
  log: quiet,
  trace: quiet,
  debug: quiet,
  info: quiet,
  warn: console.warn,
  error: console.error,
};
