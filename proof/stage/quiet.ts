import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { syncWorkflowId } from '../../src/workflows/contract.js';
import type { Stage } from './stage.js';

/** What is left to do for some environments and their project. */
export interface Quiet {
  /** Syncs whose last run failed, with the reason. */
  failed: Map<number, string>;
}

/** What waits in the outbox, of environments and of whole projects. Asked for once for all who wait. */
export interface OutboxWatch {
  /** Resolves with a look that was begun after the call. */
  look(): Promise<{ environments: Set<number>; projects: Set<number> }>;
}

const LOOK_INTERVAL_MS = 100;

export function watchOutbox({ sql }: Stage): OutboxWatch {
  type Look = { environments: Set<number>; projects: Set<number> };
  let next: Promise<Look> | undefined;
  return {
    look() {
      next ??= delay(LOOK_INTERVAL_MS).then(async () => {
        next = undefined;
        const rows = await sql<{ environment_id: number | null; project_id: number | null }[]>`
          SELECT DISTINCT environment_id, project_id FROM document_sync.outbox`;
        return {
          environments: new Set(rows.flatMap(({ environment_id: id }) => id ?? [])),
          projects: new Set(rows.flatMap(({ project_id: id }) => id ?? [])),
        };
      });
      return next;
    },
  };
}

/**
 * Waits until nothing is left to be done for these environments of a project: nothing of them in the outbox, and no sync running, be
 * it for a deletion's second time or a scheduled change. Nobody changes anything meanwhile.
 *
 * @throws if that is not so within `withinMs`
 */
export async function untilQuiet(
  { client, name }: Stage,
  outbox: OutboxWatch,
  { projectId, environmentIds }: { projectId: number; environmentIds: number[] },
  withinMs: number,
): Promise<Quiet> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const failed = new Map<number, string>();
    await untilRelayed();
    await Promise.all(
      environmentIds.map(async (id) => {
        const reason = await resultOf(id);
        if (reason !== undefined) failed.set(id, reason);
      }),
    );
    // A sync may end by putting a change back into the outbox, and the relay may have started another one since.
    if (!(await isWaiting()) && (await noneRuns())) return { failed };
  }

  async function untilRelayed(): Promise<void> {
    while (await isWaiting()) requireTime('the outbox still holds changes');
  }

  async function isWaiting(): Promise<boolean> {
    const { environments, projects } = await outbox.look();
    return projects.has(projectId) || environmentIds.some((id) => environments.has(id));
  }

  /** The reason if it failed. */
  async function resultOf(environmentId: number): Promise<string | undefined> {
    const leftMs = Math.max(1, endsAt - performance.now());
    const handle = client.workflow.getHandle(syncWorkflowId(name, environmentId));
    const timeOut = new AbortController();
    const running = delay(leftMs, 'running' as const, { signal: timeOut.signal });
    running.catch(() => undefined);
    const result = handle.result().then(
      () => undefined,
      (error: unknown) => (error instanceof WorkflowNotFoundError ? undefined : reasonOf(error)),
    );
    const ended = await Promise.race([result, running]);
    timeOut.abort();
    if (ended === 'running') requireTime(`the sync of environment ${environmentId} still runs`);
    return ended;
  }

  async function noneRuns(): Promise<boolean> {
    const descriptions = await Promise.all(
      environmentIds.map((id) =>
        client.workflow
          .getHandle(syncWorkflowId(name, id))
          .describe()
          .catch((error: unknown) => {
            if (error instanceof WorkflowNotFoundError) return undefined;
            throw error;
          }),
      ),
    );
    return descriptions.every((description) => description?.status.name !== 'RUNNING');
  }

  function requireTime(what: string): void {
    if (performance.now() > endsAt) throw new Error(`Project ${projectId}: after ${withinMs} ms ${what}.`);
  }
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
  return cause.message;
};
