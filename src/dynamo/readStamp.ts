import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import { type ItemOrder, orderOf, SYNC_ATTRIBUTE } from './unlessNewer.js';

/** Whose an item is, without its document. */
export interface StampedItem {
  /** The environment that the item says it is of; NaN where it does not. */
  environmentId: number;
  apiKey: string | undefined;
  /** Undefined where somebody else wrote it. */
  stamp: ItemOrder | undefined;
}

/** Attributes of either table that tell whose an item is. */
export const STAMP_PROJECTION = {
  ProjectionExpression: '#id, api_key, environment_api_key, #d',
  ExpressionAttributeNames: { '#id': 'id', '#d': SYNC_ATTRIBUTE },
};

export const toStampedItem = (item: DynamoItem): StampedItem => ({
  environmentId: Number(item['id']?.N),
  apiKey: item['api_key']?.S ?? item['environment_api_key']?.S,
  stamp: orderOf(item),
});

/** The item under the key as it is now; undefined where there is none. */
export async function readStamp(
  client: DynamoDBClient,
  table: string,
  key: DynamoItem,
  abortSignal: AbortSignal,
): Promise<StampedItem | undefined> {
  const { Item: item } = await client.send(
    new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true, ...STAMP_PROJECTION }),
    { abortSignal },
  );
  // Without any of its attributes it is nobody's, and there.
  return item && toStampedItem(item);
}
