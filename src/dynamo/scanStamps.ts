import { DescribeTableCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../document/attributeValue.js';
import { META_KEY } from './identityOverrides.js';
import { STAMP_PROJECTION, type StampedItem, toStampedItem } from './readStamp.js';

export interface StampScan {
  table: string;
  version: 'v1' | 'v2';
  /** Of a scan in several parts, which one: a number is all that needs to be kept of how far it is. */
  segment: { index: number; of: number };
  /** Items looked at, identity overrides among them. */
  limit: number;
  startKey: DynamoItem | undefined;
}

export interface StampPage {
  items: StampedItem[];
  /** Where the next page begins; undefined after the last one. Holds a key. */
  next: DynamoItem | undefined;
  readUnits: number;
}

/** Whose items a table holds, a page of them; of the v2 table only the environments' own. */
export async function scanStamps(
  client: DynamoDBClient,
  { table, version, segment, limit, startKey }: StampScan,
  abortSignal: AbortSignal,
): Promise<StampPage> {
  const {
    Items: items = [],
    LastEvaluatedKey: next,
    ConsumedCapacity: consumed,
  } = await client.send(
    new ScanCommand({
      TableName: table,
      ...STAMP_PROJECTION,
      ...(version === 'v2' && {
        FilterExpression: 'document_key = :meta',
        ExpressionAttributeValues: { ':meta': { S: META_KEY } },
      }),
      Segment: segment.index,
      TotalSegments: segment.of,
      Limit: limit,
      ExclusiveStartKey: startKey,
      ReturnConsumedCapacity: 'TOTAL',
    }),
    { abortSignal },
  );
  return { items: items.map(toStampedItem), next, readUnits: consumed?.CapacityUnits ?? 0 };
}

/** What DynamoDB takes. */
const MAX_SEGMENTS = 1_000_000;

/** In how many segments to scan a table so that each has about so many items; DynamoDB counts them every few hours. */
export async function segmentsFor(
  client: DynamoDBClient,
  table: string,
  itemsPerSegment: number,
  abortSignal: AbortSignal,
): Promise<number> {
  const { Table: description } = await client.send(new DescribeTableCommand({ TableName: table }), {
    abortSignal,
  });
  const segments = Math.ceil((description?.ItemCount ?? 0) / itemsPerSegment);
  return Math.min(Math.max(segments, 1), MAX_SEGMENTS);
}
