import { setTimeout as delay } from 'node:timers/promises';
import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';

/** What DynamoDB takes in one BatchWriteItem. */
const BATCH_SIZE = 25;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

/** Items to be deleted that are looked up at a time. */
export const PAGE_SIZE = 4 * BATCH_SIZE;

/** Keys of items that are to be deleted. */
export interface KeyPage {
  keys: DynamoItem[];
  /** Where the next page begins; undefined after the last one. */
  next: DynamoItem | undefined;
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
