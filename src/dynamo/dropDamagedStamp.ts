import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import { orderOf, SYNC_ATTRIBUTE } from './unlessNewer.js';

/**
 * Takes an attribute `document_sync` that says no moment off an item, which stays as it is otherwise and then counts as
 * somebody else's. With it no put's condition could ever hold. What was put with a whole one since it was read is left alone.
 */
export async function dropDamagedStamp(
  client: DynamoDBClient,
  table: string,
  item: DynamoItem,
  abortSignal: AbortSignal,
): Promise<void> {
  if (!(SYNC_ATTRIBUTE in item) || orderOf(item)) return;
  const put = new PutItemCommand({
    TableName: table,
    Item: Object.fromEntries(Object.entries(item).filter(([name]) => name !== SYNC_ATTRIBUTE)),
    ConditionExpression:
      'attribute_exists(#d) AND NOT (attribute_type(#d.#source, :text) AND attribute_type(#d.#order, :text))',
    ExpressionAttributeNames: { '#d': SYNC_ATTRIBUTE, '#source': 'source', '#order': 'order' },
    ExpressionAttributeValues: { ':text': { S: 'S' } },
  });
  try {
    await client.send(put, { abortSignal });
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
