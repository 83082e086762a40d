import { DescribeTableCommand, type DynamoDBClient, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import type { DocumentTables } from '../../dynamo/documentStore.js';
import { type Check, fail, messageOf, ok, warn } from './check.js';

const KEYS = {
  v1: 'api_key HASH',
  v2: 'environment_id HASH, document_key RANGE',
} as const;

const VARIABLES = {
  v1: 'ENVIRONMENTS_TABLE_NAME_DYNAMO',
  v2: 'ENVIRONMENTS_V2_TABLE_NAME_DYNAMO',
} as const;

export const dynamoChecks = (dynamo: DynamoDBClient, tables: DocumentTables): Check[] => [
  { name: 'AWS region', run: () => checkRegion(dynamo) },
  { name: VARIABLES.v1, run: () => checkTable(dynamo, 'v1', tables.v1) },
  { name: VARIABLES.v2, run: () => checkTable(dynamo, 'v2', tables.v2) },
];

async function checkRegion(dynamo: DynamoDBClient) {
  try {
    return ok(await dynamo.config.region());
  } catch (error) {
    return fail(messageOf(error), 'Set AWS_REGION to where the tables are.');
  }
}

async function checkTable(dynamo: DynamoDBClient, version: 'v1' | 'v2', name: string | undefined) {
  if (name === undefined)
    return version === 'v1'
      ? fail('not set: no document is written at all', 'Set it to Flagsmith’s table of environments.')
      : warn('not set: items of the second table are left out', 'Set it if Flagsmith has it set.');
  try {
    const { Table: table } = await dynamo.send(new DescribeTableCommand({ TableName: name }), {
      abortSignal: AbortSignal.timeout(5_000),
    });
    const keys = spoken(table?.KeySchema ?? []);
    return keys === KEYS[version]
      ? ok(`${name}: ${table?.TableStatus ?? 'unknown'}, key ${keys}`)
      : fail(`${name} has the key ${keys}`, `Name the table with the key ${KEYS[version]}.`);
  } catch (error) {
    return fail(
      `${name}: ${messageOf(error)}`,
      'See that name, region and credentials are right; `envsync grants --aws` prints the policy.',
    );
  }
}

const spoken = (schema: KeySchemaElement[]) =>
  schema.map(({ AttributeName, KeyType }) => `${AttributeName ?? ''} ${KeyType ?? ''}`).join(', ');
