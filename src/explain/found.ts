import type { DescribedEnvironment } from '../db/describedEnvironment.js';
import type { WaitingChanges } from '../db/outboxWaiting.js';
import type { EnvironmentStatus } from '../syncs/environmentStatus.js';
import type { Pause } from '../workflows/pause.js';
import type { SeedingNow } from './seedingNow.js';
import type { StoredItem } from './storedItem.js';

/** What an explanation of an environment goes by. */
export interface Found {
  environment: Omit<DescribedEnvironment, 'apiKey'>;
  /** Null where the environment is deleted. */
  seeding: SeedingNow | null;
  /** Why PostgreSQL's rows make no document: table, row and rule, or its size. */
  refused: string | null;
  /** Where PostgreSQL is now, or why that cannot be told. */
  order: { now: string } | { error: string };
  /** What each table holds, or why it could not be read. */
  stored: { v1: StoredItem; v2: StoredItem } | { error: string };
  /** Changes not yet handed to Temporal, or why they could not be read. */
  outbox: WaitingChanges[] | { error: string };
  /** What its syncs are paused by, if they are, or why that could not be read. */
  paused: { pause: Pause | null } | { error: string };
  /** The environment's sync, or why Temporal could not be asked. */
  workflow: EnvironmentStatus | { error: string };
}
