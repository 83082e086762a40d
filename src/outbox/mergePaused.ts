import type { Database } from '../db/connect.js';
import { isPaused } from '../db/pausedSyncs.js';

/**
 * Leaves, of the changes due that wait for the end of a pause, one for each environment or whole project, with the time of
 * the oldest: what is passed over at each look stays little, however long the pause. What a relay has claimed is left alone.
 */
export async function mergePaused(db: Database): Promise<void> {
  await db`
    WITH waiting AS MATERIALIZED (
      SELECT * FROM document_sync.outbox AS outbox
      WHERE project_wide = ANY ('{false, true}') AND due_at <= clock_timestamp() AND ${isPaused(db)}
      FOR UPDATE SKIP LOCKED
    ), numbered AS (
      SELECT id, row_number() OVER (
        PARTITION BY project_id, environment_id, project_wide, source = 'seeding_finished'
        ORDER BY changed_at, id) AS number
      FROM waiting
    )
    DELETE FROM document_sync.outbox WHERE id IN (SELECT id FROM numbered WHERE number > 1)`;
}
