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

/** An item that refused a put or a delete, and why that was no lost race. */
export interface UnexplainedItem {
  item: ItemOrder;
  error: HistoryRewoundError | OtherSourceError;
}

/**
 * Those of the items that refused whose presence no race explains: a race is lost only to a moment of this database that
 * it has, by now, reached.
 */
export async function unexplainedAmong(db: Database, stored: ItemOrder[]): Promise<UnexplainedItem[]> {
  if (stored.length === 0) return [];
  const current = await currentOrder(db);
  return stored.flatMap((item) => {
    const error = whyUnexplained(item, current);
    return error ? [{ item, error }] : [];
  });
}

/** @throws {HistoryRewoundError} {@link OtherSourceError} for the first of the {@link unexplainedAmong} the items */
export async function requireLostRaces(db: Database, stored: ItemOrder[]): Promise<void> {
  const [first] = await unexplainedAmong(db, stored);
  if (first) throw first.error;
}

function whyUnexplained(
  { source, order }: ItemOrder,
  current: ItemOrder,
): UnexplainedItem['error'] | undefined {
  if (source !== current.source)
    return new OtherSourceError(
      `DynamoDB holds an item written from the PostgreSQL cluster ${source}, and this one is ${current.source}. ` +
        'If the database was moved here, run `envsync migrate --accept-source`.',
    );
  if (order > current.order)
    return new HistoryRewoundError(
      `DynamoDB holds an item read at ${order}, which this PostgreSQL has not reached: it is at ` +
        `${current.order}. Was it restored from a backup, or failed over to a standby that lagged?`,
    );
  return undefined;
}
