import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 100;

type Run = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type HistoryEvent = NonNullable<Run['events']>[number];

/** What a workflow's history tells, with the time that Temporal recorded. */
export type Moment = { atMs: number } & (
  | { kind: 'started' }
  | { kind: 'activity'; name: string; result: unknown }
  | { kind: 'timer'; delayMs: number }
  | { kind: 'signal'; name: string }
  | { kind: 'completed' }
  | { kind: 'failed'; type: string; message: string }
);

/** The workflow's current or last run; undefined if there never was one. */
export async function latestRun(client: Client, workflowId: string) {
  try {
    const { runId, status } = await client.workflow.getHandle(workflowId).describe();
    return { runId, isOpen: status.name === 'RUNNING' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** The moments of all runs after the given one, as they happen, until the consumer has enough. */
export async function* momentsOf(
  client: Client,
  workflowId: string,
  { afterRunId, signal }: { afterRunId?: string | undefined; signal: AbortSignal },
): AsyncGenerator<Moment> {
  for (let runId = afterRunId; ;) {
    const latest = await latestRun(client, workflowId);
    if (latest && latest.runId !== runId) {
      runId = latest.runId;
      yield* momentsOfRun(client, workflowId, runId, signal);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function* momentsOfRun(
  client: Client,
  workflowId: string,
  runId: string,
  signal: AbortSignal,
): AsyncGenerator<Moment> {
  const activityNames = new Map<string, string>();
  for (let seen = 0; ;) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events?.slice(seen) ?? []) {
      const moment = toMoment(event, activityNames);
      if (!moment) continue;
      yield moment;
      if (moment.kind === 'completed' || moment.kind === 'failed') return;
    }
    seen = events?.length ?? 0;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

function toMoment(event: HistoryEvent, activityNames: Map<string, string>): Moment | undefined {
  const atMs = tsToMs(event.eventTime);
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) activityNames.set(String(event.eventId), scheduled.activityType?.name ?? '');

  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    const [payload] = completed.result?.payloads ?? [];
    const result: unknown = payload && defaultPayloadConverter.fromPayload(payload);
    return {
      atMs,
      kind: 'activity',
      name: activityNames.get(String(completed.scheduledEventId)) ?? '',
      result,
    };
  }
  if (event.workflowExecutionStartedEventAttributes) return { atMs, kind: 'started' };
  const timer = event.timerStartedEventAttributes;
  if (timer) return { atMs, kind: 'timer', delayMs: tsToMs(timer.startToFireTimeout) };
  const signalled = event.workflowExecutionSignaledEventAttributes;
  if (signalled) return { atMs, kind: 'signal', name: signalled.signalName ?? '' };
  if (event.workflowExecutionCompletedEventAttributes) return { atMs, kind: 'completed' };
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) {
    const { message, applicationFailureInfo } = failed.failure ?? {};
    return { atMs, kind: 'failed', type: applicationFailureInfo?.type ?? '', message: message ?? '' };
  }
  return undefined;
}
