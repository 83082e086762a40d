import { setTimeout as delay } from 'node:timers/promises';
import { readOutboxState } from '../../../db/outboxState.js';
import { latestRun } from '../history.js';
import type { Stage } from '../stage.js';

const LOOK_EVERY_MS = 50;

/** Resolves once no change is on its way to the sync, and none is being written. Gives the run that was its last. */
export async function untilIdle(
  { db, client }: Stage,
  workflowId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    const { rows } = await readOutboxState(db);
    const run = await latestRun(client, workflowId);
    if (rows === 0 && !run?.isOpen) return run?.runId;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
