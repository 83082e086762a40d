import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import { type KeyPage, PAGE_SIZE } from './deleteItems.js';

/** The sort key of the environment's own item: what else is in its partition are identity overrides. */
export const META_KEY = '_META';

/** Keys of identity overrides in the environment's partition, some at a time. */
export async function readIdentityOverrides(
  client: DynamoDBClient,
  table: string,
  environmentId: number,
  start: DynamoItem | undefined,
  abortSignal: AbortSignal,
): Promise<KeyPage> {
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
