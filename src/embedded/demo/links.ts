import { syncWorkflowId } from '../../workflows/contract.js';
import type { Narrator } from './narrate.js';
import type { Stage } from './stage.js';
import { COMMAND } from './worker.js';

const METRICS = [
  'flagsmith_environment_document_writes_total',
  'flagsmith_environment_document_seeding_waits_total',
  'flagsmith_environment_document_seeding_timeouts_total',
  'flagsmith_environment_document_incomplete_writes_total',
  'flagsmith_environment_document_outbox_rows',
];

/** A few lines of the worker's /metrics. */
export async function showMetrics({ worker }: Stage, narrator: Narrator): Promise<void> {
  const metrics = await (await fetch(`${worker.url}/metrics`)).text();
  for (const line of metrics.split('\n')) {
    if (METRICS.some((name) => line.startsWith(`${name} `) || line.startsWith(`${name}{`)))
      narrator.line(line);
  }
}

/** Where to look, and what to try while everything still runs. */
export function showLinks(stage: Stage, narrator: Narrator, environmentId: number): void {
  const { stack, settings, worker } = stage;
  const { instanceName, taskQueue } = settings;
  const workflows = `${stack.webUiUrl}/namespaces/default/workflows`;
  const env = [
    `TEMPORAL_ADDRESS=${stack.temporalAddress}`,
    ...(instanceName === 'default' ? [] : [`INSTANCE_NAME=${instanceName} TEMPORAL_TASK_QUEUE=${taskQueue}`]),
  ].join(' ');

  narrator.line(
    `the sync's page   ${workflows}/${encodeURIComponent(syncWorkflowId(instanceName, environmentId))}`,
  );
  narrator.line(`all workflows     ${workflows}`);
  narrator.line(`metrics           ${worker.url}/metrics`);
  narrator.line(`the database      psql ${stack.databaseUrl}`);
  narrator.line(`write it again    ${env} node ${COMMAND} rebuild ${environmentId}`);
  narrator.line(`or by the CLI     temporal workflow start --address ${stack.temporalAddress} \\`);
  narrator.line(`                    --task-queue ${taskQueue} --type rebuildEnvironmentDocument \\`);
  narrator.line(`                    --input '{"environmentId": ${environmentId}}'`);
  narrator.line(
    `kill the worker   kill -9 ${worker.pid ?? '<pid>'}    (another one takes over; try it during a scene as well)`,
  );
}
