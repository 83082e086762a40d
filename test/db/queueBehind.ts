import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';

const FOR_MS = 1_500;

/**
 * Repeats the statement for a while, and until it has queued behind somebody who waits for a lock in short tries; fails if it is
 * not let through within 600 ms. PostgreSQL measures that, as a busy machine delays what is seen from here.
 */
export async function queueBehind(sql: Sql, statement: string): Promise<void> {
  const endsAt = performance.now() + FOR_MS;
  let hasQueued = false;
  while (performance.now() < endsAt || !hasQueued) {
    const beganAt = performance.now();
    await sql.begin(async (tx) => {
      await tx`SET LOCAL lock_timeout = '600ms'`;
      await tx.unsafe(statement);
    });
    hasQueued ||= performance.now() - beganAt > 50;
    await delay(5);
  }
}
