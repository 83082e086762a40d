import { setTimeout as delay } from 'node:timers/promises';
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';

/** How long a reader waits between two reads: adds its half to what is measured, to floor and product alike. */
const READ_INTERVAL_MS = 2;
const GIVE_UP_MS = 30_000;

/** Of the rounds of the floor, as text that sorts. */
export const markOf = (round: number): string => String(round).padStart(8, '0');

/** The order of the stored item; undefined where there is none. */
export async function storedOrder(
  dynamo: DynamoDBClient,
  table: string,
  { api_key: key }: DynamoItem,
): Promise<string | undefined> {
  if (!key) throw new Error('The item has no api_key.');
  const { Item: item } = await dynamo.send(
    new GetItemCommand({
      TableName: table,
      Key: { api_key: key },
      ConsistentRead: true,
      ProjectionExpression: 'document_sync',
    }),
  );
  return item?.['document_sync']?.M?.['order']?.S;
}

/** Reads until the stored item's order is the one waited for. */
export async function untilMarked(
  dynamo: DynamoDBClient,
  table: string,
  item: DynamoItem,
  isAwaited: (order: string | undefined) => boolean,
): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (!isAwaited(await storedOrder(dynamo, table, item))) {
    if (performance.now() > giveUpAt) throw new Error(`Nothing was written to ${table} in ${GIVE_UP_MS} ms.`);
    await delay(READ_INTERVAL_MS);
  }
}
