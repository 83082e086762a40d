import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import type { StoredDocument } from '../../src/dynamo/readDocument.js';
import { orderOf, unlessNewer } from '../../src/dynamo/unlessNewer.js';
import { ENVIRONMENTS_AT_A_TIME } from '../../src/sweeps/rebuildPage.js';
import type { LiveServers } from '../frame/liveSystem.js';
import { severalAtATime } from './severalAtATime.js';

/** The least that a rebuild can be: the same items put under the same condition, as many at a time, and nothing else. */
export const rawPuts = (
  { dynamo, tables }: LiveServers,
  documents: Iterable<StoredDocument>,
): Promise<void> =>
  severalAtATime(documents, ENVIRONMENTS_AT_A_TIME, ({ v1, v2 }) =>
    Promise.all([putItem(dynamo, tables.v1, v1), putItem(dynamo, tables.v2, v2)]),
  );

async function putItem(dynamo: DynamoDBClient, table: string, item: DynamoItem | undefined): Promise<void> {
  const order = item && orderOf(item);
  if (!order) throw new Error(`An item of ${table} is missing, or not the product's.`);
  const { expression, names, values } = unlessNewer(order, []);
  await dynamo.send(
    new PutItemCommand({
      TableName: table,
      Item: item,
      ConditionExpression: expression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    }),
  );
}
