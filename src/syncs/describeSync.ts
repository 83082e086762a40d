import {
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type SettledOutcome, syncStatus, syncWorkflowId } from '../workflows/contract.js';
import type { environmentDocumentSync } from '../workflows/index.js';
import { inTime, type SyncsAccess, workflowLink } from './access.js';
import { waitsTooLong } from './stuckRule.js';
import type { SyncRun, SyncView } from './syncView.js';
import { toMs, type Trouble, troubleOf } from './trouble.js';

const QUERY_DEADLINE_MS = 3_000;
/** After so many queries that nobody answered, in a row, there is no worker to answer the others. */
const GIVE_UP_ASKING_AFTER = 10;
const HISTORY_PAGE = 50;

/** Remembers, over many syncs, that no worker answers. */
export class StatusQueries {
  private unanswered = 0;

  /** Undefined where no worker answers in time. */
  async ask(access: SyncsAccess, workflowId: string) {
    if (this.unanswered >= GIVE_UP_ASKING_AFTER) return undefined;
    const handle = access.client.workflow.getHandle<typeof environmentDocumentSync>(workflowId);
    try {
      const status = await inTime(access.client, () => handle.query(syncStatus), QUERY_DEADLINE_MS);
      this.unanswered = 0;
      return status;
    } catch {
      this.unanswered++;
      return undefined;
    }
  }
}

export async function describeSync(
  access: SyncsAccess,
  environmentId: number,
  queries = new StatusQueries(),
): Promise<SyncView> {
  const workflowId = syncWorkflowId(access.instanceName, environmentId);
  const view = { environmentId, workflowId, link: workflowLink(access, workflowId), ...NOTHING };
  const description = await describe(access, workflowId);
  if (!description) return view;
  if (description.status.name === 'RUNNING')
    return { ...view, ...(await describeRunning(access, description, queries)) };
  return { ...view, ...(await describeEnded(access, description)) };
}

type Found = Omit<SyncView, 'environmentId' | 'workflowId' | 'link'>;

const NOTHING: Found = {
  run: 'none',
  state: null,
  attempt: 0,
  reasons: [],
  since: null,
  outcome: null,
  lastWrite: null,
  isStuck: false,
};

async function describe(
  { client }: SyncsAccess,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await inTime(client, () => client.workflow.getHandle(workflowId).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function describeRunning(
  access: SyncsAccess,
  description: WorkflowExecutionDescription,
  queries: StatusQueries,
): Promise<Found> {
  const running = { ...NOTHING, run: 'running' as const, since: description.startTime.toISOString() };
  const trouble = troubleOf(description.raw);
  if (trouble) {
    const { state, attempts: attempt, reason } = trouble;
    const sinceMs = trouble.sinceMs ?? (await scheduledAtMs(access, description, trouble));
    const since = sinceMs === undefined ? running.since : new Date(sinceMs).toISOString();
    return { ...running, state, attempt, reasons: [reason], since, isStuck: true };
  }
  const status = await queries.ask(access, description.workflowId);
  if (!status) return running;
  const { state, attempt, reasons, since, lastWrite = null } = status;
  const view = { ...running, state, attempt, reasons, since, lastWrite };
  return { ...view, isStuck: waitsTooLong(view) };
}

/** An activity's attempts leave no events: when the first was due stands in the event that scheduled it. */
async function scheduledAtMs(
  { client }: SyncsAccess,
  { workflowId, runId }: WorkflowExecutionDescription,
  { activityId }: Trouble,
): Promise<number | undefined> {
  if (activityId === undefined) return undefined;
  const { history } = await inTime(client, () =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: HISTORY_PAGE,
    }),
  );
  const scheduled = history?.events?.find(
    ({ activityTaskScheduledEventAttributes: attributes }) => attributes?.activityId === activityId,
  );
  return toMs(scheduled?.eventTime);
}

const runs: Partial<Record<WorkflowExecutionDescription['status']['name'], SyncRun>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

async function describeEnded(
  access: SyncsAccess,
  { workflowId, runId, status, closeTime }: WorkflowExecutionDescription,
): Promise<Found> {
  const { outcome, failure } = await endOf(access, { workflowId, runId });
  return {
    ...NOTHING,
    run: runs[status.name] ?? 'unknown',
    outcome,
    reasons: failure === null ? [] : [failure],
    since: closeTime?.toISOString() ?? null,
    isStuck: outcome === null,
  };
}

/** What a run that has ended came to, or what it failed with, by the failure's type and message. */
export async function endOf(
  { client }: SyncsAccess,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<{ outcome: SettledOutcome | null; failure: string | null }> {
  const handle = client.workflow.getHandle<typeof environmentDocumentSync>(workflowId, runId, {
    followRuns: false,
  });
  try {
    return { outcome: await inTime(client, () => handle.result()), failure: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { outcome: null, failure: failureText(error) };
  }
}

function failureText(error: Error): string {
  if (error.cause instanceof Error) return failureText(error.cause);
  const type = error instanceof ApplicationFailure ? error.type : undefined;
  return type == null ? error.message : `${type}: ${error.message}`;
}
