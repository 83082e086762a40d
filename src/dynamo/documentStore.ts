import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import { type ItemOrder, orderOf, SYNC_ATTRIBUTE, unlessNewer } from './unlessNewer.js';

/** Table names by the version of item they hold; undefined where the installation has none. */
export interface DocumentTables {
  v1: string | undefined;
  v2: string | undefined;
}

export interface ItemToPut extends ItemOrder {
  table: string;
  item: DynamoItem;
  /** Hash of the document, for comparing without decoding. */
  hash: string;
  /** Clusters that this database has moved from: their orders do not compare with its own, any item is replaced. */
  predecessors?: string[];
  /** These very items are replaced whatever their moment. */
  evenIf?: ItemOrder[];
}

/** The item as it is stored: with the moment it was read at, which readers of documents do not look at. */
export const stampItem = (item: DynamoItem, { source, order }: ItemOrder, hash: string): DynamoItem => ({
  ...item,
  [SYNC_ATTRIBUTE]: { M: { source: { S: source }, order: { S: order }, hash: { S: hash } } },
});

/**
 * Puts the item unless the table holds one of a later moment, or of another database that is no predecessor. An item
 * that says no moment was written, or damaged, by somebody else and is replaced.
 *
 * @returns whether the item is there now; `replaced_foreign` if it replaced one of somebody else
 */
export async function putUnlessNewer(
  client: DynamoDBClient,
  { table, item, source, order, hash, predecessors = [], evenIf = [] }: ItemToPut,
  abortSignal: AbortSignal,
): Promise<'put' | 'replaced_foreign' | 'refused'> {
  const condition = unlessNewer({ source, order }, predecessors, evenIf);
  const put = new PutItemCommand({
    TableName: table,
    Item: stampItem(item, { source, order }, hash),
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: condition.names,
    ExpressionAttributeValues: condition.values,
    // Read by DynamoDB with the put itself: no race, and no read capacity.
    ReturnValues: 'ALL_OLD',
  });
  try {
    const { Attributes: replaced } = await client.send(put, { abortSignal });
    return replaced && !orderOf(replaced) ? 'replaced_foreign' : 'put';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'refused';
    throw error;
  }
}

/** What the table holds under a key: no item, an item of somebody else, or one of ours with its order. */
export async function readItemOrder(
  client: DynamoDBClient,
  table: string,
  key: DynamoItem,
  abortSignal: AbortSignal,
): Promise<'absent' | 'foreign' | ItemOrder> {
  const { Item: item } = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: key,
      ConsistentRead: true,
      // The key as well: of an item without our attribute the answer would look like no item.
      ProjectionExpression: ['#d', ...Object.keys(key)].join(', '),
      ExpressionAttributeNames: { '#d': SYNC_ATTRIBUTE },
    }),
    { abortSignal },
  );
  if (!item) return 'absent';
  return orderOf(item) ?? 'foreign';
}
