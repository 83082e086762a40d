import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_AFTER_MS = 50;

export interface EnvironmentTableNames {
  environments: string;
  environmentsV2: string;
  /** Left out unless named. */
  identities?: string;
}

/** Sees to it that these tables exist, with Flagsmith's keys and indexes, and are active. */
export async function createEnvironmentTables(
  client: DynamoDBClient,
  names: EnvironmentTableNames,
): Promise<void> {
  await Promise.all([
    createTable(client, environmentsTable(names.environments)),
    createTable(client, environmentsV2Table(names.environmentsV2)),
    ...(names.identities === undefined ? [] : [createTable(client, identitiesTable(names.identities))]),
  ]);
}

async function createTable(
  client: DynamoDBClient,
  table: CreateTableCommandInput & { TableName: string },
): Promise<void> {
  try {
    await client.send(new CreateTableCommand(table));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  while (!(await isActive(client, table.TableName))) await delay(LOOK_AGAIN_AFTER_MS);
}

async function isActive(client: DynamoDBClient, name: string): Promise<boolean> {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const indexes = table?.GlobalSecondaryIndexes ?? [];
  return table?.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');
}

function environmentsTable(name: string) {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'api_key', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'api_key', KeyType: 'HASH' }],
  } satisfies CreateTableCommandInput;
}

function environmentsV2Table(name: string) {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'environment_id', AttributeType: 'S' },
      { AttributeName: 'document_key', AttributeType: 'S' },
      { AttributeName: 'environment_api_key', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'environment_id', KeyType: 'HASH' },
      { AttributeName: 'document_key', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'environment_api_key-index',
        KeySchema: [{ AttributeName: 'environment_api_key', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  } satisfies CreateTableCommandInput;
}

function identitiesTable(name: string) {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'composite_key', AttributeType: 'S' },
      { AttributeName: 'environment_api_key', AttributeType: 'S' },
      { AttributeName: 'identifier', AttributeType: 'S' },
      { AttributeName: 'identity_uuid', AttributeType: 'S' },
    ],
    KeySchema: [{ AttributeName: 'composite_key', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'environment_api_key-identifier-index',
        KeySchema: [
          { AttributeName: 'environment_api_key', KeyType: 'HASH' },
          { AttributeName: 'identifier', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
      {
        IndexName: 'identity_uuid-index',
        KeySchema: [{ AttributeName: 'identity_uuid', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  } satisfies CreateTableCommandInput;
}
