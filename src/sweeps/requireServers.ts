import { attemptDeadline } from '../activities/deadline.js';
import type { SyncDeps } from '../activities/deps.js';
import { currentOrder } from '../db/snapshot.js';
import { readItemOrder } from '../dynamo/documentStore.js';

/** An item that nobody has. */
const KEYS = {
  v1: { api_key: { S: 'no-environment' } },
  v2: { environment_id: { S: '0' }, document_key: { S: 'no-document' } },
} as const;

/** @throws where PostgreSQL or DynamoDB do not answer an ordinary read: then it is not single environments that fail. */
export async function requireServers({ db, dynamo, tables }: SyncDeps): Promise<void> {
  const { signal } = attemptDeadline();
  await currentOrder(db);
  for (const version of ['v1', 'v2'] as const) {
    const table = tables[version];
    if (table !== undefined) await readItemOrder(dynamo, table, KEYS[version], signal);
  }
}
