import type { Database, DatabaseSession, Fragment } from './connect.js';
import { isPaused } from './pausedSyncs.js';

/** Changes in the outbox that concern the same environment, or the same project as a whole. */
export interface WaitingChanges {
  /** Null: every environment of the project. */
  environmentId: number | null;
  projectId: number | null;
  rows: number;
  /** How often handing them to Temporal failed, at most. */
  attempts: number;
  /** When the oldest was made: UTC text, microseconds. */
  changedAt: string;
  /** When the next of them is handed over: UTC text, microseconds. */
  dueAt: string;
}

/** A relay that is there takes a row within a second of its time. */
const LEFT_ALONE_AFTER = '30 seconds';
/** Environments of a change of their whole project wait for each other: the last of thousands for minutes. */
const PROJECT_LEFT_ALONE_AFTER = '10 minutes';

/** What no relay took in time, or Temporal did not accept: the oldest first. What waits for the end of a pause is none of it. */
export const readStuckChanges = (db: Database, limit: number): Promise<WaitingChanges[]> =>
  readWaiting(
    db,
    db`
      WHERE (attempts > 0 OR due_at < clock_timestamp() -
        CASE WHEN expanded THEN ${PROJECT_LEFT_ALONE_AFTER} ELSE ${LEFT_ALONE_AFTER} END::interval)
        AND NOT ${isPaused(db)}`,
    db`LIMIT ${limit}`,
  );

/** All that waits for one environment: changes of its own and of its whole project. */
export const readChangesOf = (
  db: DatabaseSession,
  { environmentId, projectId }: { environmentId: number; projectId: number },
): Promise<WaitingChanges[]> =>
  readWaiting(
    db,
    db`WHERE environment_id = ${environmentId} OR (environment_id IS NULL AND project_id = ${projectId})`,
  );

const readWaiting = (
  db: DatabaseSession,
  where: Fragment,
  limit: Fragment = db``,
): Promise<WaitingChanges[]> =>
  db<WaitingChanges[]>`
    SELECT
      environment_id AS "environmentId", max(project_id) AS "projectId",
      count(*)::integer AS rows, max(attempts) AS attempts,
      to_char(min(changed_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "changedAt",
      to_char(min(due_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "dueAt"
    FROM document_sync.outbox
    ${where}
    GROUP BY environment_id, CASE WHEN environment_id IS NULL THEN project_id END
    ORDER BY min(changed_at)
    ${limit}`;
