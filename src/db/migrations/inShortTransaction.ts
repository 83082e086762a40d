import { setTimeout as delay } from 'node:timers/promises';
import { type Database, sqlState, type Transaction } from '../connect.js';

export const LOCK_TIMEOUT_MS = 200;
const LOCK_ATTEMPTS = 100;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs `work` in a transaction that waits at most 200 ms for a lock, then lets go of all it holds and begins again:
 * Flagsmith's statements never queue behind ours for longer. Changes of the schema, by whichever command, take turns.
 *
 * @throws if a lock was not to be had in 100 tries
 */
export async function inShortTransaction<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(async (tx) => {
        await tx.script(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
        await tx`SELECT pg_advisory_xact_lock(hashtext('document_sync.migrate'))`;
        return await work(tx);
      });
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      if (attempt >= LOCK_ATTEMPTS) {
        throw new Error(
          `No lock within ${LOCK_ATTEMPTS} tries of ${LOCK_TIMEOUT_MS} ms: try again at a quieter time.`,
          { cause: error },
        );
      }
      await delay(LOCK_TIMEOUT_MS);
    }
  }
}
