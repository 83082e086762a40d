import { insertSyncRequest } from '../db/syncRequests.js';
import type { SyncRequest } from '../workflows/contract.js';
import type { SyncDeps } from './deps.js';

/** Sees to it that the environment's sync runs, now or from the moment given; repeated, it runs no more than twice. */
export const requestSync = ({ db }: SyncDeps, { environmentId, dueAt }: SyncRequest): Promise<void> =>
  insertSyncRequest(db, environmentId, dueAt);
