import type { Database, Transaction } from '../connect.js';

/**
 * Runs `work` while nobody else does so for the same object, so that what it looks for cannot be inserted beside it:
 * audit rows have no unique column that a second attempt could meet. The lock is our own, on no row of Flagsmith's.
 */
export const inTurn = (
  db: Database,
  objectType: 'ENVIRONMENT' | 'FEATURE',
  id: number,
  work: (tx: Transaction) => Promise<void>,
): Promise<void> =>
  db.transaction(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(hashtext(${`document_sync.audit_log.${objectType}`}), ${id})`;
    // A statement of its own, as it sees what was committed before it began: after the wait for the lock.
    await work(tx);
  });
