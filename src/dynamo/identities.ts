import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import { type KeyPage, PAGE_SIZE } from './deleteItems.js';

/** Flagsmith's index of its table of identities that finds those of an environment. */
export const IDENTITIES_INDEX = 'environment_api_key-identifier-index';

/** Keys of identities of the environment that has the key, some at a time: as an index tells them, a moment late. */
export async function readIdentities(
  client: DynamoDBClient,
  table: string,
  apiKey: string,
  start: DynamoItem | undefined,
  abortSignal: AbortSignal,
  limit = PAGE_SIZE,
): Promise<KeyPage> {
  const { Items: keys = [], LastEvaluatedKey: next } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: IDENTITIES_INDEX,
      KeyConditionExpression: 'environment_api_key = :key',
      ExpressionAttributeValues: { ':key': { S: apiKey } },
      ProjectionExpression: 'composite_key',
      Limit: limit,
      ExclusiveStartKey: start,
    }),
    { abortSignal },
  );
  return { keys, next };
}

/** Whether there is any identity of an environment that has the key. */
export async function hasIdentities(
  client: DynamoDBClient,
  table: string,
  apiKey: string,
  abortSignal: AbortSignal,
): Promise<boolean> {
  return (await readIdentities(client, table, apiKey, undefined, abortSignal, 1)).keys.length > 0;
}
