import { readPauseOf } from '../db/pausedSyncs.js';
import { inSnapshot } from '../db/snapshot.js';
import { type Former, hasChangeInOutbox, selectFormer } from '../db/verification.js';
import type { DynamoItem } from '../document/attributeValue.js';
import { hasIdentities as areIdentitiesUnder } from '../dynamo/identities.js';
import { META_KEY } from '../dynamo/identityOverrides.js';
import { readStamp, type StampedItem } from '../dynamo/readStamp.js';
import type { Pause } from '../workflows/pause.js';
import type { VerifyDeps } from './deps.js';
import { refusalOf } from './refusalOf.js';

/** What there is still of an environment that is deleted, or has another key now. */
export interface LeftBehind {
  isLive: boolean;
  usesDynamoDb: boolean;
  /** Items that are its own and that nobody has a use for. */
  items: { v1: number; v2: number };
  /** Identities of a deleted environment, as the index tells them: a moment late. */
  hasIdentities: boolean;
  /** Keys of those items that PostgreSQL does not know it had. */
  unknownKeys: string[];
  /** Why they may not be deleted. */
  refused: string | undefined;
  isInOutbox: boolean;
  /** Its syncs are. */
  pause: Pause | undefined;
}

/**
 * Looks for what an environment left behind under its former keys and, if it is itself deleted, in its partition of the v2
 * table. Nobody tells an environment that is not in PostgreSQL from another installation's: what is only found in a table
 * counts if it was written from here.
 *
 * @param foundKeys under which items of it were found
 */
export async function lookForLeftBehind(
  deps: VerifyDeps,
  environmentId: number,
  foundKeys: string[],
  signal: AbortSignal,
): Promise<LeftBehind> {
  const { former, isInOutbox, pause } = await inSnapshot(deps.db, async (tx) => {
    const [former, isInOutbox, pause] = await Promise.all([
      selectFormer(tx, environmentId, foundKeys),
      hasChangeInOutbox(tx, environmentId),
      readPauseOf(tx, environmentId),
    ]);
    return { former, isInOutbox, pause };
  });
  const { isLive, usesDynamoDb } = former;
  const found = await readItems(deps, environmentId, former, signal);
  const items = [...found.v1, ...found.v2];
  const hasIdentities = await findIdentities(deps, former, signal);
  const stamps = items.map(({ stamp }) => stamp);
  const refused =
    items.length === 0
      ? undefined
      : await inSnapshot(deps.db, (tx, snapshot) => refusalOf(deps.db, tx, stamps, snapshot));
  const unknown = former.keys.filter(({ isKnown }) => !isKnown).map(({ apiKey }) => apiKey);
  return {
    isLive,
    usesDynamoDb,
    items: { v1: found.v1.length, v2: found.v2.length },
    hasIdentities,
    unknownKeys: unknown.filter((key) => items.some(({ apiKey }) => apiKey === key)),
    refused,
    isInOutbox,
    pause,
  };
}

async function readItems(
  { dynamo, tables: { v1, v2 } }: VerifyDeps,
  environmentId: number,
  { isLive, usesDynamoDb, keys }: Former,
  signal: AbortSignal,
): Promise<Record<'v1' | 'v2', StampedItem[]>> {
  if (v1 === undefined || !usesDynamoDb) return { v1: [], v2: [] };
  const known = new Set(keys.filter(({ isKnown }) => isKnown).map(({ apiKey }) => apiKey));
  const isItsOwn = (item: StampedItem | undefined): item is StampedItem =>
    item?.environmentId === environmentId && (item.stamp !== undefined || known.has(item.apiKey ?? ''));
  const read = async (table: string, key: DynamoItem) =>
    [await readStamp(dynamo, table, key, signal)].filter(isItsOwn);

  const ofV1 = await Promise.all(
    keys
      .filter(({ hasLiveOwner }) => !hasLiveOwner)
      .map(({ apiKey }) => read(v1, { api_key: { S: apiKey } })),
  );
  const meta = { environment_id: { S: String(environmentId) }, document_key: { S: META_KEY } };
  return { v1: ofV1.flat(), v2: v2 === undefined || isLive ? [] : await read(v2, meta) };
}

/** Only under keys that PostgreSQL knows it had: an identity itself does not say which environment it is of. */
async function findIdentities(
  { dynamo, identitiesTable: table }: VerifyDeps,
  { isLive, usesDynamoDb, keys }: Former,
  signal: AbortSignal,
): Promise<boolean> {
  if (table === undefined || isLive || !usesDynamoDb) return false;
  for (const { apiKey, isKnown, hasLiveOwner } of keys)
    if (isKnown && !hasLiveOwner && (await areIdentitiesUnder(dynamo, table, apiKey, signal))) return true;
  return false;
}
