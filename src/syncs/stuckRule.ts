import type { SyncView } from './syncView.js';

/**
 * Looks at the seeding, or attempts of an activity, from which on a sync is stuck: a creator of ordinary speed is done
 * by the second look, and a passing fault of a server is over by the third attempt.
 */
export const STUCK_FROM_ATTEMPT = 3;
const SEEDING_TAKES_AT_MOST_MS = 60_000;

/** Whether a sync that waits for seeding has waited for longer than seeding takes. */
export function waitsTooLong({
  state,
  attempt,
  since,
}: Pick<SyncView, 'state' | 'attempt' | 'since'>): boolean {
  if (state !== 'waiting for seeding') return false;
  const waitsMs = since === null ? 0 : Date.now() - Date.parse(since);
  return attempt >= STUCK_FROM_ATTEMPT || waitsMs > SEEDING_TAKES_AT_MOST_MS;
}
