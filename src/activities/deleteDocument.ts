import { Context } from '@temporalio/activity';
import type { DatabaseSession } from '../db/connect.js';
import { readPauseOf } from '../db/pausedSyncs.js';
import {
  isEnvironmentLive,
  isKeyInUse,
  readRetirement,
  retireDeletedKey,
  type RetiredKey,
  settleKeys,
} from '../db/retiredKeys.js';
import { inSnapshot, type Snapshot } from '../db/snapshot.js';
import { readPredecessors } from '../db/sources.js';
import type { DynamoItem } from '../document/attributeValue.js';
import { deleteUnlessNewer } from '../dynamo/deleteDocument.js';
import { deleteItems, type KeyPage } from '../dynamo/deleteItems.js';
import { readIdentities } from '../dynamo/identities.js';
import { META_KEY, readIdentityOverrides } from '../dynamo/identityOverrides.js';
import { requireLostRaces } from '../dynamo/laterItem.js';
import type { ItemOrder } from '../dynamo/unlessNewer.js';
import type { DeleteInput, Deletion } from '../workflows/contract.js';
import { attemptDeadline } from './deadline.js';
import type { SyncDeps } from './deps.js';
import { toWriteFailure } from './writeFailures.js';

/** What became of some items. */
interface Deleted {
  itemsCount: number;
  /** Of those that were refused. */
  refusedBy: ItemOrder[];
  /** The rest is left: syncs were paused meanwhile. */
  isPaused?: boolean;
}

type DeletionDeps = SyncDeps & { heartbeat: () => void };

const NOTHING: Deleted = { itemsCount: 0, refusedBy: [] };

/**
 * Deletes what an environment left in DynamoDB: the items under its retired keys and, if it is itself deleted, its
 * partition of the v2 table and its identities. Whoever has such a key now keeps his item. Keys are remembered until a deletion that is
 * `againAfterMs` later than their first one, so that a put that was late is undone too.
 *
 * @param heartbeat called after each page of a partition, or of identities
 * @throws {ApplicationFailure} not retryable: `HistoryRewound`, `OtherSource`; the keys are remembered then
 */
export async function deleteDocument(
  deps: SyncDeps,
  input: DeleteInput,
  heartbeat = () => {
    Context.current().heartbeat();
  },
): Promise<Deletion> {
  const { flagsmith_environment_document_deletes_total: deletes } = deps.metrics;
  try {
    const deletion = await tryToDelete({ ...deps, heartbeat }, input);
    if (deletion.outcome === 'deleted') {
      deletes.inc({ result: deletion.refusedCount > 0 ? 'refused' : 'success' });
    }
    if (deletion.itemsCount > 0)
      deps.events.environmentDocumentDeleted({
        environment__id: input.environmentId,
        items__count: deletion.itemsCount,
      });
    return deletion;
  } catch (error) {
    deletes.inc({ result: 'failure' });
    throw toWriteFailure(error, input.environmentId, undefined);
  }
}

async function tryToDelete(
  deps: DeletionDeps,
  { environmentId, againAfterMs }: DeleteInput,
): Promise<Deletion> {
  const { v1, v2 } = deps.tables;
  await retireDeletedKey(deps.db, environmentId);
  const { retirement, pause, ...basis } = await inSnapshot(deps.db, async (tx, snapshot) => {
    const [retirement, predecessors, pause] = await Promise.all([
      readRetirement(tx, environmentId, againAfterMs),
      readPredecessors(tx),
      readPauseOf(tx, environmentId),
    ]);
    return { retirement, pause, snapshot, predecessors };
  });
  const { isLive, usesDynamoDb, keys } = retirement;
  if (pause) return { outcome: 'paused', isLive, itemsCount: 0, refusedCount: 0 };
  if (v1 === undefined || !usesDynamoDb)
    return { outcome: 'not_written', isLive, itemsCount: 0, refusedCount: 0 };

  // Also where another environment has the key by now: until it is written, the old item would be read as its own.
  const orphaned = keys.filter(({ isInUseAgain }) => !isInUseAgain);
  // All are always tried: a lasting fault of one table does not keep the others' items.
  const results = await Promise.allSettled([
    deleteUnderKeys(deps, { environmentId, table: v1, ...basis }, orphaned),
    v2 === undefined || isLive ? NOTHING : deletePartition(deps, { environmentId, table: v2, ...basis }),
    isLive ? NOTHING : deleteIdentities(deps, environmentId, orphaned),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const { itemsCount, refusedBy, isPaused } = sum(
    results.map((result) => (result.status === 'fulfilled' ? result.value : NOTHING)),
  );
  // A race is lost to whoever wrote the later item, and is nothing to come back for; all else has to be seen.
  await requireLostRaces(deps.db, refusedBy);
  if (isPaused) return { outcome: 'paused', isLive, itemsCount, refusedCount: refusedBy.length };

  const againInMs = await settleKeys(deps.db, environmentId, {
    forget: keys.filter((key) => key.isInUseAgain || key.isDueAgain).map(({ id }) => id),
    deleted: orphaned.map(({ id }) => id),
    againAfterMs,
  });
  return {
    outcome: 'deleted',
    isLive,
    itemsCount,
    refusedCount: refusedBy.length,
    ...(againInMs !== undefined && { againInMs }),
  };
}

interface Target {
  environmentId: number;
  table: string;
  /** That showed that the environment is deleted, or has other keys. */
  snapshot: Snapshot;
  predecessors: string[];
}

async function deleteUnderKeys(deps: DeletionDeps, target: Target, keys: RetiredKey[]): Promise<Deleted> {
  const deleted: Deleted[] = [];
  // The order guards what is put after the snapshot, whether by this environment or another one.
  for (const { apiKey } of keys) deleted.push(await deleteOne(deps, target, { api_key: { S: apiKey } }));
  return sum(deleted);
}

async function deletePartition(deps: DeletionDeps, target: Target): Promise<Deleted> {
  const { environmentId, table } = target;
  const key = { environment_id: { S: String(environmentId) }, document_key: { S: META_KEY } };
  const meta = await deleteOne(deps, target, key);

  const overrides = await deletePages(deps, {
    environmentId,
    table,
    isInUse: () => Promise.resolve(false),
    read: (start, signal) => readIdentityOverrides(deps.dynamo, table, environmentId, start, signal),
  });
  return sum([meta, overrides]);
}

/** What Flagsmith's own deletion takes along; where another environment has the key by now, they are its identities. */
async function deleteIdentities(
  deps: DeletionDeps,
  environmentId: number,
  keys: RetiredKey[],
): Promise<Deleted> {
  const { identitiesTable: table } = deps;
  if (table === undefined) return NOTHING;
  const deleted: Deleted[] = [];
  for (const { apiKey } of keys)
    deleted.push(
      await deletePages(deps, {
        environmentId,
        table,
        isInUse: (tx) => isKeyInUse(tx, apiKey),
        read: (start, signal) => readIdentities(deps.dynamo, table, apiKey, start, signal),
      }),
    );
  return sum(deleted);
}

interface Pages {
  environmentId: number;
  table: string;
  /** Somebody else has a use for these items by now. */
  isInUse: (tx: DatabaseSession) => Promise<boolean>;
  read: (start: DynamoItem | undefined, signal: AbortSignal) => Promise<KeyPage>;
}

/**
 * Deletes items that carry no order, while the environment stays deleted. Each page is asked for anew, with a deadline of its
 * own: what was true before a long list is not relied on at its end.
 */
async function deletePages(deps: DeletionDeps, pages: Pages): Promise<Deleted> {
  const { environmentId, table } = pages;
  let itemsCount = 0;
  let isPaused: boolean;
  let start: DynamoItem | undefined;
  do {
    const deadline = attemptDeadline();
    const [isLive, isInUse, pause] = await inSnapshot(deps.db, (tx) =>
      Promise.all([isEnvironmentLive(tx, environmentId), pages.isInUse(tx), readPauseOf(tx, environmentId)]),
    );
    isPaused = pause !== undefined;
    if (isLive || isInUse || isPaused) break;
    const page = await pages.read(start, deadline.signal);
    deadline.check();
    await deleteItems(deps.dynamo, table, page.keys, deadline.signal);
    itemsCount += page.keys.length;
    start = page.next;
    deps.heartbeat();
  } while (start);
  return { itemsCount, refusedBy: [], isPaused };
}

async function deleteOne(deps: DeletionDeps, target: Target, key: DynamoItem): Promise<Deleted> {
  const { snapshot, ...where } = target;
  const { source, order } = snapshot;
  const { signal } = attemptDeadline();
  const result = await deleteUnlessNewer(deps.dynamo, { ...where, key, source, order }, signal);
  deps.heartbeat();
  return { itemsCount: result === 'deleted' ? 1 : 0, refusedBy: typeof result === 'string' ? [] : [result] };
}

const sum = (deleted: Deleted[]): Deleted => ({
  itemsCount: deleted.reduce((total, { itemsCount }) => total + itemsCount, 0),
  refusedBy: deleted.flatMap(({ refusedBy }) => refusedBy),
  isPaused: deleted.some(({ isPaused }) => isPaused),
});
