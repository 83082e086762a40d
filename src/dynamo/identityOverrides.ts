import { setTimeout as delay } from 'node:timers/promises';
import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';

/** What DynamoDB takes in one BatchWriteItem. */
const BATCH_SIZE = 25;
const PAGE_SIZE = 4 * BATCH_SIZE;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

export interface IdentityOverridesPage {
  keys: DynamoItem[];
  /** Where the next page begins; undefined after the last one. */
  next: DynamoItem | undefined;
}

/** The sort key of the environment's own item: what else is in its partition are identity overrides. */
export const META_KEY = '_META';

/** Keys of identity overrides in the environment's partition, some at a time. */
export async function readIdentityOverrides(
  client: DynamoDBClient,
  table: string,
  environmentId: number,
  start: DynamoItem | undefined,
  abortSignal: AbortSignal,
): Promise<IdentityOverridesPage> {
  const { Items: items = [], LastEvaluatedKey: next } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'environment_id = :environment',
      ExpressionAttributeValues: { ':environment': { S: String(environmentId) } },
      ProjectionExpression: 'environment_id, document_key',
      ConsistentRead: true,
      Limit: PAGE_SIZE,
      ExclusiveStartKey: start,
    }),
    { abortSignal },
  );
  return { keys: items.filter((key) => key['document_key']?.S !== META_KEY), next };
}

/** Deletes the items, and again those that DynamoDB did not get to. */
export async function deleteItems(
  client: DynamoDBClient,
  table: string,
  keys: DynamoItem[],
  abortSignal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < keys.length; start += BATCH_SIZE) {
    let requests: WriteRequest[] = keys
      .slice(start, start + BATCH_SIZE)
      .map((key) => ({ DeleteRequest: { Key: key } }));
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)) {
      const batch = new BatchWriteItemCommand({ RequestItems: { [table]: requests } });
      const { UnprocessedItems: left } = await client.send(batch, { abortSignal });
      requests = left?.[table] ?? [];
      if (requests.length === 0) break;
      await delay(retryMs, undefined, { signal: abortSignal });
    }
  }
}
