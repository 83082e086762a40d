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
  deps: WrittenDeps,
  environment: { apiKey: string },
  since: string,
): Promise<boolean> {
  const writtenAt = await writtenAtMs(deps, environment);
  return writtenAt !== undefined && writtenAt > Date.parse(since);
}

/** When the stored document was read from this database; undefined where none is stored that was. */
export async function writtenAtMs(
  { db, dynamo, tables }: WrittenDeps,
  { apiKey }: { apiKey: string },
): Promise<number | undefined> {
  if (tables.v1 === undefined) return undefined;
  const stored = await readItemOrder(
    dynamo,
    tables.v1,
    { api_key: { S: apiKey } },
    AbortSignal.timeout(DEADLINE_MS),
  );
  if (typeof stored === 'string') return undefined;
  const { present } = await readSourceState(db);
  return stored.source === present ? Date.parse(`${momentOf(stored)}Z`) : undefined;
}
