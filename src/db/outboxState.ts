import type { Database } from './connect.js';

export interface OutboxState {
  rows: number;
  /** Age of the oldest change not yet handed to Temporal; 0 without any. */
  oldestSeconds: number;
}

/** What is waiting in the outbox right now. */
export async function readOutboxState(db: Database): Promise<OutboxState> {
  const [state] = await db<OutboxState[]>`
    SELECT
      count(*)::integer AS rows,
      coalesce(extract(epoch FROM clock_timestamp() - min(changed_at)), 0)::float8 AS "oldestSeconds"
    FROM document_sync.outbox
    WHERE changed_at <= clock_timestamp() -- requests for a later moment are not waiting for anybody`;
  return state ?? { rows: 0, oldestSeconds: 0 };
}
