import type { Pause } from '../workflows/pause.js';
import type { Database, DatabaseSession, Fragment } from './connect.js';

/** A pause, and how many changes in the outbox are due and wait for its end. */
export interface PauseWithChanges extends Pause {
  changes: number;
}

/** All pauses, that of everything first. */
export const readPauses = (db: DatabaseSession): Promise<PauseWithChanges[]> => db<PauseWithChanges[]>`
  SELECT ${columns(db)}, (
    SELECT count(*)::integer FROM document_sync.outbox
    WHERE due_at <= clock_timestamp()
      AND (paused_sync.project_id IS NULL OR outbox.project_id = paused_sync.project_id)) AS changes
  FROM document_sync.paused_sync ORDER BY project_id NULLS FIRST`;

export async function isAnythingPaused(db: DatabaseSession): Promise<boolean> {
  const [row] = await db<{ found: boolean }[]>`
    SELECT EXISTS (SELECT FROM document_sync.paused_sync) AS found`;
  return row?.found ?? false;
}

/** What the environment's syncs are paused by; undefined where they are not. */
export async function readPauseOf(tx: DatabaseSession, environmentId: number): Promise<Pause | undefined> {
  const [pause] = await tx<Pause[]>`
    SELECT ${columns(tx)} FROM document_sync.paused_sync
    WHERE project_id IS NULL
      OR project_id = (SELECT project_id FROM public.environments_environment WHERE id = ${environmentId})
    ORDER BY project_id NULLS FIRST
    LIMIT 1`;
  return pause;
}

/** Of rows of `document_sync.outbox`: whether their changes wait for the end of a pause. */
export const isPaused = (db: DatabaseSession): Fragment => db`(
  EXISTS (SELECT FROM document_sync.paused_sync WHERE paused_sync.project_id IS NULL)
  OR EXISTS (SELECT FROM document_sync.paused_sync WHERE paused_sync.project_id = outbox.project_id))`;

/** Repeated, it changes nothing: what was first counts. Gives whether it was the first. */
export async function insertPause(db: Database, projectId: number | null): Promise<boolean> {
  const { count } = await db`
    INSERT INTO document_sync.paused_sync (project_id) VALUES (${projectId}::integer) ON CONFLICT DO NOTHING`;
  return count > 0;
}

/** Repeated, it changes nothing. */
export async function deletePause(db: Database, projectId: number | null): Promise<void> {
  await db`DELETE FROM document_sync.paused_sync WHERE project_id IS NOT DISTINCT FROM ${projectId}::integer`;
}

const columns = (db: DatabaseSession) => db`
  project_id AS "projectId", to_char(paused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS since`;
