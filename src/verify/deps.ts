import type { SyncDeps } from '../activities/deps.js';

/** What a verification works with: all that a write does, as it repairs by writing. */
export interface VerifyDeps extends SyncDeps {
  /** Whether the environment's sync has work in hand: one that only waits for a scheduled change has none. */
  isSyncRunning: (environmentId: number) => Promise<boolean>;
  /** Tells Temporal that the activity is alive; in place of a heartbeat that would forget how far it has come. */
  heartbeat?: () => void;
}
