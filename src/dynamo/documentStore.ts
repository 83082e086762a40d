import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';

/** Table names by the version of item they hold; undefined where the installation has none. */
export interface DocumentTables {
  v1: string | undefined;
  v2: string | undefined;
}

/** Where in PostgreSQL's history an item was read: stored in its `document_sync` attribute. */
export interface ItemOrder {
  source: string;
  order: string;
}

export interface ItemToPut extends ItemOrder {
  table: string;
  item: DynamoItem;
  /** Hash of the document, for comparing without decoding. */
  hash: string;
}

/** The attribute that only this product writes. */
const SYNC_ATTRIBUTE = 'document_sync';

/** The item as it is stored: with the moment it was read at, which readers of documents do not look at. */
export const stampItem = (item: DynamoItem, { source, order }: ItemOrder, hash: string): DynamoItem => ({
  ...item,
  [SYNC_ATTRIBUTE]: { M: { source: { S: source }, order: { S: order }, hash: { S: hash } } },
});

/**
 * Puts the item unless the table holds one of a later moment, or of another database. An item without our attribute
 * was written by somebody else and is replaced.
 *
 * @returns whether the item is there now
 */
export async function putUnlessNewer(
  client: DynamoDBClient,
  { table, item, source, order, hash }: ItemToPut,
  abortSignal: AbortSignal,
): Promise<'put' | 'refused'> {
  const put = new PutItemCommand({
    TableName: table,
    Item: stampItem(item, { source, order }, hash),
    ConditionExpression: 'attribute_not_exists(#d) OR (#d.#source = :source AND #d.#order <= :order)',
    ExpressionAttributeNames: { '#d': SYNC_ATTRIBUTE, '#source': 'source', '#order': 'order' },
    ExpressionAttributeValues: { ':source': { S: source }, ':order': { S: order } },
  });
  try {
    await client.send(put, { abortSignal });
    return 'put';
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
  const { source, order } = item[SYNC_ATTRIBUTE]?.M ?? {};
  return source?.S !== undefined && order?.S !== undefined ? { source: source.S, order: order.S } : 'foreign';
}
