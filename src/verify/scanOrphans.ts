import { inSnapshot, type Snapshot } from '../db/snapshot.js';
import { readPredecessors } from '../db/sources.js';
import { formerName, type Owners, selectOwners } from '../db/verification.js';
import type { DynamoItem } from '../document/attributeValue.js';
import type { StampedItem } from '../dynamo/readStamp.js';
import { scanStamps } from '../dynamo/scanStamps.js';
import type { VerifyDeps } from './deps.js';

export interface OrphanScan {
  table: 'v1' | 'v2';
  /** Of a scan in several parts, which one. */
  segment?: { index: number; of: number };
  startKey?: DynamoItem | undefined;
  /** Items that DynamoDB looks at for the page, identity overrides among them. */
  limit: number;
}

/** An item that its environment has no use for. */
export interface Orphan {
  environmentId: number;
  /** Not for histories, logs or metrics. */
  apiKey: string;
}

export interface OrphanPage {
  orphans: Orphan[];
  scannedCount: number;
  /** Items of which PostgreSQL knows nothing, and that were not written from here: another installation's. */
  othersCount: number;
  /** What DynamoDB charged for the page. */
  readUnits: number;
  /** Where the next page begins; undefined after the last one. Holds a key: not for histories. */
  next: DynamoItem | undefined;
}

const WHOLE = { index: 0, of: 1 };

/**
 * Items, in a page of a table, of environments that are deleted, gone, or have another key now. Only looks: by the time that
 * they are deleted, all is asked again.
 */
export async function scanOrphans(
  deps: VerifyDeps,
  { table: version, segment = WHOLE, startKey, limit }: OrphanScan,
  signal: AbortSignal,
): Promise<OrphanPage> {
  const table = deps.tables[version];
  if (table === undefined)
    return { orphans: [], scannedCount: 0, othersCount: 0, readUnits: 0, next: undefined };
  const page = await scanStamps(deps.dynamo, { table, version, segment, limit, startKey }, signal);
  // Asked after the items were read: who has one of them has a row by now.
  const isOf = await inSnapshot(deps.db, async (tx, snapshot) => {
    const [owners, predecessors] = await Promise.all([
      selectOwners(
        tx,
        page.items.map(({ environmentId }) => environmentId).filter(Number.isSafeInteger),
        page.items.flatMap(({ apiKey }) => apiKey ?? []),
      ),
      readPredecessors(tx),
    ]);
    return (item: StampedItem) => ownerOf(item, version, owners, [snapshot.source, ...predecessors]);
  });
  const of = (whose: ReturnType<typeof ownerOf>) => page.items.filter((item) => isOf(item) === whose);
  return {
    orphans: of('nobody').map(({ environmentId, apiKey }) => ({ environmentId, apiKey: apiKey ?? '' })),
    scannedCount: page.items.length,
    othersCount: of('others').length,
    readUnits: page.readUnits,
    next: page.next,
  };
}

/**
 * Whose an item is. An id may be another installation's as well as ours, so that of an item that no environment has a use
 * for, only what was written from here, or lies under a key that the environment is known to have had, is an orphan.
 */
function ownerOf(
  { environmentId, apiKey = '', stamp }: StampedItem,
  version: 'v1' | 'v2',
  owners: Owners,
  sources: Snapshot['source'][],
): 'an environment' | 'nobody' | 'others' {
  // What the item of an environment that is not deleted holds is for its own verification.
  const isInUse = version === 'v1' ? owners.liveKeys.has(apiKey) : owners.live.has(environmentId);
  if (isInUse) return 'an environment';
  if (!Number.isSafeInteger(environmentId)) return 'others';
  const isOurs = stamp
    ? sources.includes(stamp.source)
    : owners.former.has(formerName(environmentId, apiKey));
  return isOurs ? 'nobody' : 'others';
}
