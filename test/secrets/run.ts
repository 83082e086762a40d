import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { loadScenario } from '../support/database.js';
import { type TestSystem, useSystem } from '../support/system.js';
import { INITIAL_VALUES, ORPHANED_KEY } from './everything.js';
import { textsIn } from './leaks.js';
import { makeUnmistakable, readSecrets, type Secrets } from './secretColumns.js';

const { EventType } = temporal.api.enums.v1;

/** All that a worker, and Temporal, were told while something was done. */
export interface Run {
  secrets: Secrets;
  events: HistoryEvent[];
  /** What the web UI shows of workflows beside their histories. */
  pages: string[];
  printed: string;
  metrics: string;
}

interface HistoryEvent {
  workflowType: string;
  event: string;
  texts: string[];
}

/** Done once, before the tests of the calling `describe`, with the rows of a scenario. */
export function useRun(scenario: string, act: (system: TestSystem) => Promise<void>): Run {
  const system = useSystem();
  const run: Run = { secrets: new Map(), events: [], pages: [], printed: '', metrics: '' };
  before(async function () {
    this.timeout(180_000);
    const { sql, url } = system.database;
    await loadScenario(url, scenario);
    await makeUnmistakable(sql);
    const before = await readSecrets(sql);
    const awsSecret = 'sesame of AWS';
    await system.spawnWorker(
      { LOG_LEVEL: 'debug', SEEDING_MAX_ATTEMPTS: '1', AWS_SECRET_ACCESS_KEY: awsSecret },
      (printed) => (run.printed += printed),
    );
    await act(system);
    run.secrets = new Map([...before, ...(await readSecrets(sql))]);
    run.secrets.set(awsSecret, 'AWS_SECRET_ACCESS_KEY').set(new URL(url).password, 'DATABASE_URL');
    run.secrets.set(ORPHANED_KEY, 'the key of an orphaned item');
    for (const value of INITIAL_VALUES) run.secrets.set(value, 'an initial value');
    await lookAtWorkflows(system, run);
    run.metrics = await (await fetch(`http://127.0.0.1:${httpPortOf(run.printed)}/metrics`)).text();
  });
  return run;
}

async function lookAtWorkflows(system: TestSystem, run: Run): Promise<void> {
  for (const { workflowId, runId, type } of await listRuns(system)) {
    const handle = system.client.workflow.getHandle(workflowId, runId);
    const { events } = await handle.fetchHistory();
    for (const event of events ?? [])
      run.events.push({ workflowType: type, event: nameOf(event), texts: textsIn(event) });
    run.pages.push(...textsIn((await handle.describe()).raw));
    run.pages.push(...textsIn(await handle.query('__temporal_workflow_metadata')));
  }
}

/** What is listed lags a moment behind: the last run of each sync is to be among it. */
async function listRuns(system: TestSystem): Promise<WorkflowExecutionInfo[]> {
  for (;;) {
    const expected = await lastRunsOfSyncs(system);
    const listed: WorkflowExecutionInfo[] = [];
    for await (const info of system.client.workflow.list({ query: `TaskQueue = '${system.taskQueue}'` }))
      listed.push(info);
    const runIds = new Set(listed.map(({ runId }) => runId));
    if (expected.every((runId) => runIds.has(runId))) return listed;
    await delay(100);
  }
}

async function lastRunsOfSyncs(system: TestSystem): Promise<string[]> {
  const environments = await system.database.sql<{ id: number }[]>`SELECT id FROM environments_environment`;
  const described = await Promise.allSettled(environments.map(({ id }) => system.syncOf(id).describe()));
  // Of the others no sync was asked for.
  return described.flatMap((one) => (one.status === 'fulfilled' ? one.value.runId : []));
}

function nameOf({
  eventType,
  activityTaskScheduledEventAttributes: scheduled,
}: temporal.api.history.v1.IHistoryEvent) {
  const name = EventType[eventType!].replace('EVENT_TYPE_', '');
  return scheduled ? `${name} ${scheduled.activityType?.name}` : name;
}

function httpPortOf(printed: string): string {
  const [, port] = /"http__port":(\d+)/.exec(printed) ?? [];
  assert.ok(port !== undefined, 'The worker did not tell its port.');
  return port;
}
