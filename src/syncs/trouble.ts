import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { SyncState } from '../workflows/contract.js';
import { STUCK_FROM_ATTEMPT } from './stuckRule.js';

/** What keeps a running sync from going on, as far as Temporal itself knows: told without any worker. */
export interface Trouble {
  reason: string;
  attempts: number;
  /** When what is not taken was put in the queue, in milliseconds; undefined where only the history tells. */
  sinceMs: number | undefined;
  /** Of the activity that keeps failing. */
  activityId: string | undefined;
  state: SyncState | null;
}

type Description = WorkflowExecutionDescription['raw'];
type PendingActivity = NonNullable<Description['pendingActivities']>[number];
type Timestamp = PendingActivity['scheduledTime'];

/** A worker that is there takes a task at once; one that is restarted is back by then. */
const NOT_TAKEN_AFTER_MS = 30_000;
/** `PENDING_ACTIVITY_STATE_SCHEDULED` and `PENDING_WORKFLOW_TASK_STATE_SCHEDULED` of Temporal's API. */
const SCHEDULED = 1;

const stateDuring: Record<string, SyncState> = {
  isSeeding: 'checking',
  writeDocument: 'writing',
  deleteDocument: 'deleting',
};

export function troubleOf({ pendingActivities, pendingWorkflowTask }: Description): Trouble | undefined {
  for (const activity of pendingActivities ?? []) {
    const trouble = troubleOfActivity(activity);
    if (trouble) return trouble;
  }
  return pendingWorkflowTask ? troubleOfTask(pendingWorkflowTask) : undefined;
}

function troubleOfActivity(activity: PendingActivity): Trouble | undefined {
  const name = activity.activityType?.name ?? 'an activity';
  const attempts = activity.attempt ?? 1;
  const shared = { attempts, state: stateDuring[name] ?? null };
  if (attempts >= STUCK_FROM_ATTEMPT && activity.lastFailure) {
    const reason = `${name} keeps failing: ${rootMessage(activity.lastFailure)}`;
    return { ...shared, reason, sinceMs: undefined, activityId: activity.activityId ?? undefined };
  }
  const sinceMs = toMs(activity.scheduledTime);
  if (!isLeftAlone(activity.state, sinceMs)) return undefined;
  return { ...shared, reason: `no worker takes ${name}`, sinceMs, activityId: undefined };
}

function troubleOfTask(task: NonNullable<Description['pendingWorkflowTask']>): Trouble | undefined {
  const sinceMs = toMs(task.originalScheduledTime ?? task.scheduledTime);
  const shared = { attempts: task.attempt ?? 1, sinceMs, activityId: undefined, state: null };
  if (shared.attempts >= STUCK_FROM_ATTEMPT)
    return { ...shared, reason: 'its workflow task keeps failing: the history on its page says why' };
  return isLeftAlone(task.state, sinceMs)
    ? { ...shared, reason: 'no worker takes its next step' }
    : undefined;
}

const isLeftAlone = (state: unknown, sinceMs: number | undefined) =>
  Number(state) === SCHEDULED && sinceMs !== undefined && Date.now() - sinceMs > NOT_TAKEN_AFTER_MS;

export function toMs(timestamp: Timestamp): number | undefined {
  if (!timestamp) return undefined;
  return Number(timestamp.seconds ?? 0) * 1_000 + Math.floor((timestamp.nanos ?? 0) / 1e6);
}

type Failure = NonNullable<PendingActivity['lastFailure']>;

/** What failed at the bottom says most. */
const rootMessage = (failure: Failure): string =>
  failure.cause ? rootMessage(failure.cause) : (failure.message ?? 'without a message');
