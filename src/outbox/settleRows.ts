import type { DatabaseSession } from '../db/connect.js';
import type { OutboxRow } from './claimDue.js';

const MAX_POSTPONEMENT_S = 60;

/** Takes rows out of the outbox: Temporal has them. */
export async function deleteRows(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length > 0) await tx`DELETE FROM document_sync.outbox WHERE id = ANY (${idsOf(rows)}::bigint[])`;
}

/** Leaves rows for another try: 1 s, 2 s, 4 s … later with each one. */
export async function postponeRows(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    UPDATE document_sync.outbox
    SET attempts = attempts + 1,
      due_at = clock_timestamp() + least(2 ^ least(attempts, 10), ${MAX_POSTPONEMENT_S}) * interval '1 second'
    WHERE id = ANY (${idsOf(rows)}::bigint[])`;
}

const idsOf = (rows: OutboxRow[]) => rows.map(({ id }) => id);
