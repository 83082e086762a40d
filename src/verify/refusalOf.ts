import type { Database, DatabaseSession } from '../db/connect.js';
import type { Snapshot } from '../db/snapshot.js';
import { readPredecessors } from '../db/sources.js';
import { HistoryRewoundError, OtherSourceError, requireLostRaces } from '../dynamo/laterItem.js';
import type { ItemOrder } from '../dynamo/unlessNewer.js';

/**
 * Why items may not be overwritten or deleted, in words; undefined where they may.
 *
 * @param tx the snapshot's, taken after the items were read: none of this database's can be of a later moment
 */
export async function refusalOf(
  db: Database,
  tx: DatabaseSession,
  stamps: (ItemOrder | undefined)[],
  { source, order }: Snapshot,
): Promise<string | undefined> {
  const doubtful = stamps.filter(
    (stamp): stamp is ItemOrder => stamp !== undefined && !(stamp.source === source && stamp.order <= order),
  );
  if (doubtful.length === 0) return undefined;
  // Of a database that was moved all items are: no further connection is taken for them.
  const predecessors = await readPredecessors(tx);
  try {
    await requireLostRaces(
      db,
      doubtful.filter((stamp) => !predecessors.includes(stamp.source)),
    );
    return undefined;
  } catch (error) {
    if (error instanceof OtherSourceError || error instanceof HistoryRewoundError) return error.message;
    throw error;
  }
}
