import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import type { EnvironmentRow } from '../document/rows.js';
import type { DocumentTables } from './documentStore.js';

/** What the tables hold for one environment; undefined where there is no item, or no table. */
export interface StoredDocument {
  v1: DynamoItem | undefined;
  v2: DynamoItem | undefined;
}

/** Both items of the environment as they are now. */
export async function readDocument(
  dynamo: DynamoDBClient,
  tables: DocumentTables,
  { id, apiKey }: Pick<EnvironmentRow, 'id' | 'apiKey'>,
  abortSignal?: AbortSignal,
): Promise<StoredDocument> {
  const read = async (table: string | undefined, key: DynamoItem) => {
    if (table === undefined) return undefined;
    const command = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true });
    return (await dynamo.send(command, { ...(abortSignal && { abortSignal }) })).Item;
  };
  const [v1, v2] = await Promise.all([
    read(tables.v1, { api_key: { S: apiKey } }),
    read(tables.v2, { environment_id: { S: String(id) }, document_key: { S: '_META' } }),
  ]);
  return { v1, v2 };
}
