import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const WORKFLOWS = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));

/** The product's workflows, with an interceptor of ours: `./sooner.ts` unless told. */
export function stageBundle(
  interceptor = new URL('./sooner.ts', import.meta.url),
): Promise<WorkflowBundleOption> {
  const key = interceptor.href;
  const known = bundles.get(key) ?? bundle(fileURLToPath(interceptor));
  bundles.set(key, known);
  return known;
}

const bundles = new Map<string, Promise<WorkflowBundleOption>>();

const bundle = (interceptor: string) =>
  bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    workflowInterceptorModules: [interceptor],
    logger: { ...console, log: quiet, trace: quiet, debug: quiet, info: quiet },
  });

const quiet = () => undefined;
