import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import type { EnvironmentRow } from '../document/rows.js';
import type { DocumentTables } from './documentStore.js';
import { META_KEY } from './identityOverrides.js';
import type { StoredDocument } from './readDocument.js';

export interface DocumentKey {
  environment: Pick<EnvironmentRow, 'id' | 'apiKey'>;
  tables: DocumentTables;
}

/**
 * Items of several environments in one request, in their order: at most 50 environments. Where DynamoDB did not get to an
 * item, as all together were too large or too many, it is left out as if there were none.
 */
export async function readDocuments(
  client: DynamoDBClient,
  documents: DocumentKey[],
  abortSignal: AbortSignal,
): Promise<StoredDocument[]> {
  const keys = new Map<string, DynamoItem[]>();
  const ask = (table: string | undefined, key: DynamoItem) =>
    table !== undefined && keys.set(table, [...(keys.get(table) ?? []), key]);
  for (const { environment, tables } of documents) {
    ask(tables.v1, { api_key: { S: environment.apiKey } });
    ask(tables.v2, { environment_id: { S: String(environment.id) }, document_key: { S: META_KEY } });
  }
  if (keys.size === 0) return documents.map(() => ({ v1: undefined, v2: undefined }));

  const { Responses: found = {} } = await client.send(
    new BatchGetItemCommand({
      RequestItems: Object.fromEntries(
        [...keys].map(([table, Keys]) => [table, { Keys, ConsistentRead: true }]),
      ),
    }),
    { abortSignal },
  );
  const itemsOf = (table: string | undefined) => (table === undefined ? [] : (found[table] ?? []));
  return documents.map(({ environment, tables }) => ({
    v1: itemsOf(tables.v1).find((item) => item['api_key']?.S === environment.apiKey),
    v2: itemsOf(tables.v2).find((item) => item['environment_id']?.S === String(environment.id)),
  }));
}
