import type { Database } from '../db/connect.js';
import { currentOrder } from '../db/snapshot.js';
import type { ItemOrder } from './unlessNewer.js';

/** PostgreSQL's history was rewound: DynamoDB holds a document of a moment that PostgreSQL has not reached (again). */
export class HistoryRewoundError extends Error {
  override name = 'HistoryRewoundError';
}
/** Another database's document is in the table. */
export class OtherSourceError extends Error {
  override name = 'OtherSourceError';
}

/**
 * Looks into refusals: each is a lost race only if this database has, by now, reached the moment that the item tells of.
 *
 * @throws {HistoryRewoundError} {@link OtherSourceError} if one of the items is not a later one of this database
 */
export async function requireLostRaces(db: Database, stored: ItemOrder[]): Promise<void> {
  if (stored.length === 0) return;
  const current = await currentOrder(db);
  for (const { source, order } of stored) {
    if (source !== current.source) {
      throw new OtherSourceError(
        `DynamoDB holds an item written from the PostgreSQL cluster ${source}, and this one is ${current.source}. ` +
          'If the database was moved here, run `envsync migrate --accept-source`.',
      );
    }
    if (order > current.order) {
      throw new HistoryRewoundError(
        `DynamoDB holds an item read at ${order}, which this PostgreSQL has not reached: it is at ` +
          `${current.order}. Was it restored from a backup, or failed over to a standby that lagged?`,
      );
    }
  }
}
