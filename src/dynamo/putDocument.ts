import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Database } from '../db/connect.js';
import { currentOrder, type Snapshot } from '../db/snapshot.js';
import type { DynamoItem } from '../document/attributeValue.js';
import type { EncodedDocument } from '../document/encodeDocument.js';
import type { EnvironmentRow, ProjectRow } from '../document/rows.js';
import { writtenItems } from '../document/writtenItems.js';
import { type DocumentTables, type ItemOrder, putUnlessNewer, readItemOrder } from './documentStore.js';

/** PostgreSQL's history was rewound: DynamoDB holds a document of a moment that PostgreSQL has not reached (again). */
export class HistoryRewoundError extends Error {
  override name = 'HistoryRewoundError';
}
/** Another database's document is in the table. */
export class OtherSourceError extends Error {
  override name = 'OtherSourceError';
}

export interface DocumentToPut {
  document: EncodedDocument;
  tables: DocumentTables;
  /** That the document was read from. */
  snapshot: Snapshot;
}

interface PutDeps {
  db: Database;
  dynamo: DynamoDBClient;
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
 * one table keeps the other current.
 *
 * @returns `superseded` if a later one is everywhere; `again` if only in one of two tables, or if it is gone by now:
 * then somebody wrote in between, and the document is due from a new snapshot
 * @throws {HistoryRewoundError} {@link OtherSourceError} if what is there is not a later one of this database
 */
export async function putDocument(
  deps: PutDeps,
  { document, tables, snapshot }: DocumentToPut,
  signal: AbortSignal,
): Promise<'put' | 'superseded' | 'again'> {
  const { source, order } = snapshot;
  const puts = [
    { table: tables.v1, item: document.v1, keyNames: ['api_key'] },
    { table: tables.v2, item: document.v2, keyNames: ['environment_id', 'document_key'] },
  ].flatMap(({ table, ...put }) => (table === undefined ? [] : [{ table, ...put }]));

  const results = await Promise.allSettled(
    puts.map(({ table, item }) =>
      putUnlessNewer(deps.dynamo, { table, item, source, order, hash: document.hash }, signal),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const refused = puts.filter((_, i) => isRefusal(results[i]));
  const stored = await Promise.all(
    refused.map((put) => readItemOrder(deps.dynamo, put.table, keyOf(put), signal)),
  );
  if (refused.length === 0) return 'put';

  const current = await currentOrder(deps.db);
  for (const found of stored) if (typeof found !== 'string') requireEarlier(found, current);
  const allLater = refused.length === puts.length && stored.every((found) => typeof found !== 'string');
  return allLater ? 'superseded' : 'again';
}

const isRefusal = (result: PromiseSettledResult<'put' | 'refused'> | undefined) =>
  result?.status === 'fulfilled' && result.value === 'refused';

const keyOf = ({ item, keyNames }: { item: DynamoItem; keyNames: string[] }): DynamoItem =>
  Object.fromEntries(Object.entries(item).filter(([name]) => keyNames.includes(name)));

/** A refusal is a lost race only if this database has reached the moment that the item tells of. */
function requireEarlier(stored: ItemOrder, current: Snapshot): void {
  if (stored.source !== current.source) {
    throw new OtherSourceError(
      `DynamoDB holds an item written from the PostgreSQL cluster ${stored.source}, and this one is ${current.source}. ` +
        'If the database was moved here, remove the attribute document_sync from the item and rebuild the document.',
    );
  }
  if (stored.order > current.order) {
    throw new HistoryRewoundError(
      `DynamoDB holds an item read at ${stored.order}, which this PostgreSQL has not reached: it is at ` +
        `${current.order}. Was it restored from a backup, or failed over to a standby that lagged?`,
    );
  }
}
