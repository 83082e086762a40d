import {
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { DocumentTables } from '../../dynamo/documentStore.js';
import { IDENTITIES_INDEX } from '../../dynamo/identities.js';
import { type Check, fail, messageOf, ok, warn } from './check.js';

const KEYS = {
  v1: 'api_key HASH',
  v2: 'environment_id HASH, document_key RANGE',
  identities: 'composite_key HASH',
} as const;

const VARIABLES = {
  v1: 'ENVIRONMENTS_TABLE_NAME_DYNAMO',
  v2: 'ENVIRONMENTS_V2_TABLE_NAME_DYNAMO',
  identities: 'IDENTITIES_TABLE_NAME_DYNAMO',
} as const;

/** In which a table takes reads and writes. */
const USABLE = ['ACTIVE', 'UPDATING'];

export interface DynamoSettings {
  tables: DocumentTables;
  shadowTableSuffix: string | undefined;
  identitiesTable: string | undefined;
}

export const dynamoChecks = (dynamo: DynamoDBClient, settings: DynamoSettings): Check[] => [
  { name: 'AWS region', run: () => checkRegion(dynamo) },
  { name: 'tables written', run: () => tellTables(settings) },
  { name: VARIABLES.v1, run: () => checkTable(dynamo, 'v1', settings) },
  { name: VARIABLES.v2, run: () => checkTable(dynamo, 'v2', settings) },
  { name: VARIABLES.identities, run: () => checkIdentities(dynamo, settings) },
];

/** Whose documents these are, so that nobody takes shadow mode for the real thing, nor the reverse. */
function tellTables({ tables, shadowTableSuffix }: DynamoSettings) {
  const names = [tables.v1, tables.v2].filter((name) => name !== undefined).join(', ') || 'none';
  return shadowTableSuffix === undefined
    ? ok(`${names}: those that readers of documents read`)
    : ok(
        `${names}: shadow mode (SHADOW_TABLE_SUFFIX=${shadowTableSuffix}), Flagsmith’s own stay as they are`,
      );
}

async function checkRegion(dynamo: DynamoDBClient) {
  try {
    return ok(await dynamo.config.region());
  } catch (error) {
    return fail(messageOf(error), 'Set AWS_REGION to where the tables are.');
  }
}

async function checkTable(
  dynamo: DynamoDBClient,
  version: 'v1' | 'v2',
  { tables: { [version]: name }, shadowTableSuffix }: DynamoSettings,
) {
  if (name === undefined)
    return version === 'v1'
      ? fail('not set: no document is written at all', 'Set it to Flagsmith’s table of environments.')
      : warn('not set: items of the second table are left out', 'Set it if Flagsmith has it set.');
  return await examineTable(dynamo, name, version, shadowTableSuffix !== undefined);
}

async function checkIdentities(
  dynamo: DynamoDBClient,
  { identitiesTable, shadowTableSuffix }: DynamoSettings,
) {
  if (shadowTableSuffix !== undefined)
    return ok('left alone in shadow mode: Flagsmith deletes the identities of deleted environments itself');
  if (identitiesTable === undefined)
    return warn('not set: identities of deleted environments stay', 'Set it if Flagsmith has it set.');
  return await examineTable(dynamo, identitiesTable, 'identities', false);
}

async function examineTable(
  dynamo: DynamoDBClient,
  name: string,
  kind: keyof typeof KEYS,
  isShadow: boolean,
) {
  try {
    const { Table: table } = await dynamo.send(new DescribeTableCommand({ TableName: name }), {
      abortSignal: AbortSignal.timeout(5_000),
    });
    const keys = spoken(table?.KeySchema ?? []);
    if (keys !== KEYS[kind])
      return fail(`${name} has the key ${keys}`, `Name the table with the key ${KEYS[kind]}.`);
    if (kind === 'identities' && !table?.GlobalSecondaryIndexes?.some(isIdentitiesIndex))
      return fail(
        `${name} has no index ${IDENTITIES_INDEX}`,
        'Name Flagsmith’s own table, or leave it empty: then identities of deleted environments stay.',
      );
    const status = table?.TableStatus ?? 'unknown';
    return USABLE.includes(status)
      ? ok(`${name}: ${status}, key ${keys}`)
      : fail(`${name} is ${status}`, 'It takes documents once it is ACTIVE.');
  } catch (error) {
    if (error instanceof ResourceNotFoundException)
      return fail(
        `${name}: there is no such table`,
        !isShadow
          ? 'See that the name is right, and AWS_REGION and the credentials are those of Flagsmith.'
          : 'Make it: `envsync worker` prints the command that does.',
      );
    return fail(
      `${name}: ${messageOf(error)}`,
      'See that name, region and credentials are right; `envsync grants --aws` prints the policy.',
    );
  }
}

const isIdentitiesIndex = ({ IndexName }: { IndexName?: string | undefined }) =>
  IndexName === IDENTITIES_INDEX;

const spoken = (schema: KeySchemaElement[]) =>
  schema.map(({ AttributeName, KeyType }) => `${AttributeName ?? ''} ${KeyType ?? ''}`).join(', ');
