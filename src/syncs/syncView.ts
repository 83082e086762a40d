import type { LastWrite, SettledOutcome, SyncState } from '../workflows/contract.js';

/** One environment's sync: the run that is running, or the last one. */
export interface SyncView {
  environmentId: number;
  workflowId: string;
  /** Its page in Temporal's web UI. */
  link: string;
  /** `none` where no change has started one, or Temporal no longer keeps it. */
  run: SyncRun;
  /** What a running one is doing; null where no worker said. */
  state: SyncState | null;
  /** Looks at the seeding so far, or attempts of what keeps failing. */
  attempt: number;
  /** What is waited for, what keeps failing, or what the run ended with. */
  reasons: string[];
  /** Since when it is so: UTC, ISO 8601; null without a run. */
  since: string | null;
  /** What a completed run came to. */
  outcome: SettledOutcome | null;
  /** What the last write of a running one came to; null before it, and where no worker said. */
  lastWrite: LastWrite | null;
  isStuck: boolean;
}

export type SyncRun =
  'none' | 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out' | 'unknown';
