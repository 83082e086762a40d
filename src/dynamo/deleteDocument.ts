import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import { type ItemOrder, orderOf, SYNC_ATTRIBUTE, unlessNewer } from './unlessNewer.js';

export interface ItemToDelete extends ItemOrder {
  table: string;
  key: DynamoItem;
  /** An item of another environment under this key stays. */
  environmentId: number;
  /** Clusters that this database has moved from: their orders do not compare with its own, any item is deleted. */
  predecessors: string[];
}

/**
 * Deletes an environment's item, unless it was read later than the deletion was decided on, or from another database.
 * Without that, a deletion that is late would take the document of an environment that was restored, or has its key back.
 *
 * @returns `absent` where this environment has no item there; where it has a later one, or another database's, its order
 */
export async function deleteUnlessNewer(
  client: DynamoDBClient,
  { table, key, environmentId, source, order, predecessors }: ItemToDelete,
  abortSignal: AbortSignal,
): Promise<'deleted' | 'absent' | ItemOrder> {
  const condition = unlessNewer({ source, order }, predecessors);
  const remove = new DeleteItemCommand({
    TableName: table,
    Key: key,
    ConditionExpression: `#id = :id AND (${condition.expression})`,
    ExpressionAttributeNames: { '#id': 'id', ...condition.names },
    ExpressionAttributeValues: { ':id': { N: String(environmentId) }, ...condition.values },
  });
  try {
    await client.send(remove, { abortSignal });
    return 'deleted';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  // Without a change in between it is one of these: no item, another environment's, or one that is not to be deleted.
  const { Item: item } = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: key,
      ConsistentRead: true,
      ProjectionExpression: '#id, #d',
      ExpressionAttributeNames: { '#id': 'id', '#d': SYNC_ATTRIBUTE },
    }),
    { abortSignal },
  );
  const isItsOwn = item?.['id']?.N === String(environmentId);
  // One without our attribute is not refused: somebody put it a moment ago, and the deletion after this one is for that.
  return (isItsOwn && orderOf(item)) || 'absent';
}
