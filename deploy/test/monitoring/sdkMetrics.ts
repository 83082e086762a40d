import { readFile } from 'node:fs/promises';

/** Shipped with the SDK; all metrics of its workers are declared there. */
const DECLARATIONS = 'node_modules/@temporalio/core-bridge/sdk-core/crates/sdk-core/src/telemetry/metrics.rs';

/** Whether Temporal's SDK has a metric and labels of these names, exported yet or not. */
export async function sdkKnows(metric: string, labels: string[]): Promise<boolean> {
  const declarations = await readFile(DECLARATIONS, 'utf8');
  return [metric.replace(/^temporal_/, ''), ...labels].every((name) => declarations.includes(`"${name}"`));
}
