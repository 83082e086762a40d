import { setTimeout as delay } from 'node:timers/promises';
import type { Workflow, WorkflowHandle, WorkflowResultType } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { CreationActivities } from '../activities/index.js';

const POLL_MS = 300;
/** By then a worker that is there has begun. */
const UNTAKEN_AFTER_MS = 5_000;

/** What each step of a creation has come to once it ends. */
const STEPS: Record<keyof CreationActivities, string> = {
  insertEnvironment: 'environment inserted, its seeding flag up',
  insertEnvironmentClone: 'clone inserted, its seeding flag up',
  recordEnvironmentCreated: 'audit row recorded',
  cloneFeatureStates: 'feature states and segment overrides copied',
  createInitialFeatureStatesForEnvironment: 'missing feature states made',
  clearEnvironmentIsCreating: 'seeding flag taken down',
  insertFeature: 'feature inserted, its seeding flag up',
  recordFeatureCreated: 'audit row recorded',
  insertMultivariateOptions: 'multivariate options inserted',
  createInitialFeatureStatesForFeature: 'missing feature states made',
  clearFeatureIsCreating: 'seeding flag taken down',
  requireUnfinishedSeeding: 'seeding flag found up',
  seedMissingFeatureStates: 'missing feature states made',
};

/**
 * The result of a creation workflow, telling meanwhile of each step that ends, of what keeps one from ending, and of a
 * worker that is missing: once each.
 *
 * @throws {WorkflowFailedError} as the workflow fails
 */
export async function followCreation<T extends Workflow>(
  handle: WorkflowHandle<T>,
  tell: (line: string) => void,
): Promise<WorkflowResultType<T>> {
  const told = new Set<string>();
  const tellOnce = (key: string, line: string) => {
    if (!told.has(key)) tell(line);
    told.add(key);
  };
  const beganAt = performance.now();
  const result = handle.result();
  const ended = result.then(
    () => true,
    () => true,
  );
  for (;;) {
    const isOver = await Promise.race([ended, delay(POLL_MS, false)]);
    const { events } = await handle.fetchHistory();
    for (const [key, line] of endedSteps(events ?? [])) tellOnce(key, line);
    if (isOver) return await result;
    for (const line of await troubles(handle)) tellOnce(line, line);
    if ((events ?? []).length <= 2 && performance.now() - beganAt > UNTAKEN_AFTER_MS)
      tellOnce('untaken', 'no worker has taken it up yet: is one running on this task queue?');
  }
}

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** Of each activity that has ended, its event's id and the line for it. */
function endedSteps(events: HistoryEvent[]): [key: string, line: string][] {
  const names = new Map(
    events.map(({ eventId, activityTaskScheduledEventAttributes: scheduled }) => [
      String(eventId),
      scheduled?.activityType?.name,
    ]),
  );
  return events.flatMap(({ activityTaskCompletedEventAttributes: completed }): [string, string][] => {
    const scheduledId = String(completed?.scheduledEventId);
    const step = STEPS[names.get(scheduledId) as keyof CreationActivities] as string | undefined;
    if (!completed || step === undefined) return [];
    const payload = completed.result?.payloads?.[0];
    const result = payload && defaultPayloadConverter.fromPayload<Record<string, unknown> | null>(payload);
    return [[scheduledId, `${step}${describeResult(result ?? {})}`]];
  });
}

const describeResult = ({ environmentId, featureId, featureStatesCount }: Record<string, unknown>) => {
  if (typeof environmentId === 'number') return `: environment ${environmentId}`;
  if (typeof featureId === 'number') return `: feature ${featureId}`;
  return typeof featureStatesCount === 'number' ? `: ${featureStatesCount}` : '';
};

/** Why activities under way are being tried again. */
async function troubles(handle: WorkflowHandle): Promise<string[]> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).flatMap(({ activityType, lastFailure }) =>
    lastFailure?.message
      ? [`${activityType?.name ?? 'an activity'} is tried again: ${lastFailure.message}`]
      : [],
  );
}
