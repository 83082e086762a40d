import type { Database } from '../db/connect.js';
import { isPaused } from '../db/pausedSyncs.js';

/**
 * Puts, in the place of the changes due of whole projects, one for each of their environments that is not deleted: from
 * then on these are claimed, merged, accepted or refused each by itself. What another relay works on is passed over.
 */
export async function expandProjects(db: Database): Promise<void> {
  await db`
    WITH claimed AS (
      SELECT * FROM document_sync.outbox
      WHERE project_wide AND environment_id IS NULL AND due_at <= clock_timestamp() AND NOT ${isPaused(db)}
      ORDER BY due_at
      FOR UPDATE SKIP LOCKED
    ), deleted AS (
      DELETE FROM document_sync.outbox WHERE id IN (SELECT id FROM claimed)
    )
    INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at, due_at, expanded)
    SELECT
      change.project_id, environment.id, min(change.source), min(change.changed_at), min(change.due_at), true
    FROM claimed AS change
    JOIN public.environments_environment AS environment ON environment.project_id = change.project_id
    WHERE environment.deleted_at IS NULL
    GROUP BY change.project_id, environment.id, change.source = 'seeding_finished'
    ORDER BY environment.id`;
}
