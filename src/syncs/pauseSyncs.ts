import type { Database } from '../db/connect.js';
import { projectExists } from '../db/environmentList.js';
import { deletePause, insertPause, type PauseWithChanges, readPauses } from '../db/pausedSyncs.js';

export interface PauseDeps {
  db: Database;
}

/** Whose syncs: a project's, or everybody's without it. */
export interface PauseSelection {
  projectId?: number | undefined;
}

/**
 * Lets syncs write and delete nothing in DynamoDB until they are resumed; what changes meanwhile is kept in the outbox. What
 * they have in hand at this moment may still be written, for ten seconds. Repeated, it changes nothing.
 *
 * @throws where there never was such a project
 */
export async function pauseSyncs(
  { db }: PauseDeps,
  { projectId }: PauseSelection = {},
): Promise<{ pause: PauseWithChanges; isNew: boolean }> {
  if (projectId !== undefined && !(await projectExists(db, projectId)))
    throw new Error(`There is no project ${projectId}.`);
  const isNew = await insertPause(db, projectId ?? null);
  const pause = pauseOf(await readPauses(db), projectId);
  if (!pause) throw new Error('Somebody resumed the syncs at this very moment: they are not paused.');
  return { pause, isNew };
}

export interface Resumed {
  /** What ended; null where that was not paused. */
  ended: PauseWithChanges | null;
  /** What is paused still. */
  left: PauseWithChanges[];
}

/** Ends the pause of a project, or that of everything: each by itself. Repeated, it changes nothing. */
export async function resumeSyncs({ db }: PauseDeps, { projectId }: PauseSelection = {}): Promise<Resumed> {
  const ended = pauseOf(await readPauses(db), projectId);
  await deletePause(db, projectId ?? null);
  return { ended: ended ?? null, left: [...(await readPauses(db))] };
}

const pauseOf = (pauses: PauseWithChanges[], projectId: number | undefined) =>
  pauses.find((pause) => pause.projectId === (projectId ?? null));
