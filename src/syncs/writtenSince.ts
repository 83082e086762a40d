import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Database } from '../db/connect.js';
import { readSourceState } from '../db/sources.js';
import { type DocumentTables, readItemOrder } from '../dynamo/documentStore.js';
import { momentOf } from '../dynamo/itemMoment.js';

export interface WrittenDeps {
  db: Database;
  dynamo: DynamoDBClient;
  /** Without the table of documents nothing counts as written. */
  tables: DocumentTables;
}

const DEADLINE_MS = 5_000;

/** Whether the environment's document was read from this database, and written, later than that moment. */
export async function isWrittenSince(
  { db, dynamo, tables }: WrittenDeps,
  { apiKey }: { apiKey: string },
  since: string,
): Promise<boolean> {
  if (tables.v1 === undefined) return false;
  const stored = await readItemOrder(
    dynamo,
    tables.v1,
    { api_key: { S: apiKey } },
    AbortSignal.timeout(DEADLINE_MS),
  );
  if (typeof stored === 'string' || Date.parse(`${momentOf(stored)}Z`) <= Date.parse(since)) return false;
  const { present } = await readSourceState(db);
  return stored.source === present;
}
