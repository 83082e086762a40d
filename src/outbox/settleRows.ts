import type { DatabaseSession } from '../db/connect.js';
import type { OutboxRow } from './claimDue.js';

const MAX_POSTPONEMENT_S = 60;

/** Takes rows out of the outbox: Temporal has them. */
export async function deleteRows(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length > 0) await tx`DELETE FROM document_sync.outbox WHERE id = ANY (${idsOf(rows)}::bigint[])`;
}

/** Leaves rows for another try, later with each one. */
export async function postponeRows(tx: DatabaseSession, rows: OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    UPDATE document_sync.outbox
    SET attempts = attempts + 1, due_at = clock_timestamp() + ${postponement(tx)}
    WHERE id = ANY (${idsOf(rows)}::bigint[])`;
}

/** Puts rows of these environments alone in the place of the row of their whole project, for another try. */
export async function narrowRow(
  tx: DatabaseSession,
  row: OutboxRow,
  environmentIds: number[],
): Promise<void> {
  await tx`
    INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at, attempts, due_at)
    SELECT project_id, refused.id, source, changed_at, attempts + 1, clock_timestamp() + ${postponement(tx)}
    FROM document_sync.outbox, unnest(${environmentIds}::integer[]) AS refused (id)
    WHERE outbox.id = ${row.id}::bigint`;
  await deleteRows(tx, [row]);
}

/** 1 s, 2 s, 4 s … after the attempts so far. */
const postponement = (tx: DatabaseSession) =>
  tx`least(2 ^ least(attempts, 10), ${MAX_POSTPONEMENT_S}) * interval '1 second'`;

const idsOf = (rows: OutboxRow[]) => rows.map(({ id }) => id);
