import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Database } from '../db/connect.js';
import type { Snapshot } from '../db/snapshot.js';
import { readPredecessors } from '../db/sources.js';
import type { DynamoItem } from '../document/attributeValue.js';
import type { EncodedDocument } from '../document/encodeDocument.js';
import type { EnvironmentRow, ProjectRow } from '../document/rows.js';
import { writtenItems } from '../document/writtenItems.js';
import { type DocumentTables, putUnlessNewer, readItemOrder } from './documentStore.js';
import { unexplainedAmong } from './laterItem.js';
import type { ItemOrder } from './unlessNewer.js';

export interface DocumentToPut {
  document: EncodedDocument;
  tables: DocumentTables;
  /** That the document was read from. */
  snapshot: Snapshot;
  /** Replaces also what is {@link unexplainedAmong} the items that are there. */
  force?: boolean;
  /** Told of each item of somebody else that was replaced, also where another put of the document fails. */
  onForeignWrite?: () => void;
}

interface PutDeps {
  db: Database;
  dynamo: DynamoDBClient;
}

/** What of what is there may be replaced, besides what is earlier. */
interface Replaced {
  predecessors?: string[];
  /** These very items. */
  evenIf?: ItemOrder[];
}

/** The tables that the project's items go to. */
export function tablesOf(project: ProjectRow, configured: DocumentTables): DocumentTables {
  const written = writtenItems(project);
  const v1 = written.v1 ? configured.v1 : undefined;
  // Flagsmith writes the second item only after the first.
  return { v1, v2: written.v2 && v1 !== undefined ? configured.v2 : undefined };
}

/** Whether readers get a document of this environment already. */
export async function documentExists(
  dynamo: DynamoDBClient,
  { v1 }: DocumentTables,
  { apiKey }: EnvironmentRow,
  signal: AbortSignal,
): Promise<boolean> {
  if (v1 === undefined) return false;
  return (await readItemOrder(dynamo, v1, { api_key: { S: apiKey } }, signal)) !== 'absent';
}

/**
 * Puts all items of the document, each unless its table holds a later one. Both are always tried: a lasting fault of
 * one table keeps the other current. Items from before the database was moved are replaced; that it was is asked only
 * where one is met.
 *
 * @returns `superseded` if a later one is everywhere; `again` if only in one of two tables, if it is gone by now, or if
 * an item was replaced by force: then somebody may have written in between, and the document is due from a new snapshot
 * @throws {HistoryRewoundError} {@link OtherSourceError} for what is {@link unexplainedAmong} the items, without `force`
 */
export async function putDocument(
  deps: PutDeps,
  toPut: DocumentToPut,
  signal: AbortSignal,
  replaced: Replaced = {},
): Promise<'put' | 'superseded' | 'again'> {
  const { source, order } = toPut.snapshot;
  const { refused, count } = await putItems(deps, toPut, signal, replaced);
  if (refused.length === 0) return 'put';

  const found = await Promise.all(
    refused.map((put) => readItemOrder(deps.dynamo, put.table, keyOf(put), signal)),
  );
  const stored = found.filter((item) => typeof item !== 'string');
  const accepted = await acceptedAmong(deps.db, stored, source);
  if (accepted.length > 0)
    return replaced.predecessors
      ? 'again'
      : await putDocument(deps, toPut, signal, { predecessors: accepted });

  const unexplained = await unexplainedAmong(deps.db, stored);
  if (unexplained[0]) {
    if (!toPut.force || replaced.evenIf) throw unexplained[0].error;
    const evenIf = unexplained.map(({ item }) => item);
    const forced = await putDocument(deps, toPut, signal, { evenIf });
    // A sync that the replaced item refused has ended meanwhile: what it was to write is in a later snapshot.
    return forced === 'put' ? 'again' : forced;
  }
  // An earlier item was not there when it refused: a forced put of a snapshot before this one came in between.
  const later = stored.filter((item) => item.order > order);
  return later.length === count ? 'superseded' : 'again';
}

/** @returns which puts were refused, and how many there are */
async function putItems(
  deps: PutDeps,
  { document, tables, snapshot: { source, order }, onForeignWrite }: DocumentToPut,
  signal: AbortSignal,
  replaced: Replaced,
) {
  const puts = [
    { table: tables.v1, item: document.v1, keyNames: ['api_key'] },
    { table: tables.v2, item: document.v2, keyNames: ['environment_id', 'document_key'] },
  ].flatMap(({ table, ...put }) => (table === undefined ? [] : [{ table, ...put }]));

  const results = await Promise.allSettled(
    puts.map(({ table, item }) =>
      putUnlessNewer(deps.dynamo, { table, item, source, order, hash: document.hash, ...replaced }, signal),
    ),
  );
  for (const result of results)
    if (result.status === 'fulfilled' && result.value === 'replaced_foreign') onForeignWrite?.();
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return { refused: puts.filter((_, i) => isRefusal(results[i])), count: puts.length };
}

/** Those of the items' sources that `migrate --accept-source` has made predecessors of this database. */
async function acceptedAmong(db: Database, stored: ItemOrder[], present: string): Promise<string[]> {
  if (stored.every(({ source }) => source === present)) return [];
  const predecessors = await readPredecessors(db);
  return predecessors.filter((predecessor) => stored.some(({ source }) => source === predecessor));
}

const isRefusal = (result: PromiseSettledResult<string> | undefined) =>
  result?.status === 'fulfilled' && result.value === 'refused';

const keyOf = ({ item, keyNames }: { item: DynamoItem; keyNames: string[] }): DynamoItem =>
  Object.fromEntries(Object.entries(item).filter(([name]) => keyNames.includes(name)));
