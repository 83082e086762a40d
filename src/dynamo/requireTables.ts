import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { DocumentTables } from './documentStore.js';
import { IDENTITIES_INDEX } from './identities.js';

const variables = { v1: 'ENVIRONMENTS_TABLE_NAME_DYNAMO', v2: 'ENVIRONMENTS_V2_TABLE_NAME_DYNAMO' } as const;

/** Keys and index as Flagsmith's own tables have them. */
const createArguments = {
  v1: `--attribute-definitions AttributeName=api_key,AttributeType=S \\
    --key-schema AttributeName=api_key,KeyType=HASH`,
  v2: `--attribute-definitions AttributeName=environment_id,AttributeType=S \\
      AttributeName=document_key,AttributeType=S AttributeName=environment_api_key,AttributeType=S \\
    --key-schema AttributeName=environment_id,KeyType=HASH AttributeName=document_key,KeyType=RANGE \\
    --global-secondary-indexes 'IndexName=environment_api_key-index,KeySchema=[{AttributeName=environment_api_key,KeyType=HASH}],Projection={ProjectionType=ALL}'`,
} as const;

/**
 * @throws unless each table that is configured can be seen; the message names the variable, and says how a missing table
 * is made.
 */
export async function requireTables(dynamo: DynamoDBClient, tables: DocumentTables): Promise<void> {
  for (const version of ['v1', 'v2'] as const) {
    const name = tables[version];
    if (name !== undefined) await requireTable(dynamo, name, version);
  }
}

/** @throws unless Flagsmith's table of identities, if one is configured, can be seen and has the index that finds them */
export async function requireIdentitiesTable(
  dynamo: DynamoDBClient,
  table: string | undefined,
): Promise<void> {
  if (table === undefined) return;
  const refusal = (reason: string, options?: ErrorOptions) =>
    new Error(
      `IDENTITIES_TABLE_NAME_DYNAMO is "${table}": ${reason}. It is Flagsmith's own; left empty, the identities of deleted ` +
        'environments stay.',
      options,
    );
  const reason = await lookForIdentitiesIndex(dynamo, table).catch((error: unknown) => {
    throw refusal(reasonOf(error), { cause: error });
  });
  if (reason !== undefined) throw refusal(reason);
}

const reasonOf = (error: unknown): string =>
  error instanceof ResourceNotFoundException
    ? 'there is no such table in this account and region'
    : error instanceof Error
      ? error.message
      : String(error);

/** What is wrong with the table; undefined where nothing is. */
async function lookForIdentitiesIndex(dynamo: DynamoDBClient, table: string): Promise<string | undefined> {
  const { Table: found } = await dynamo.send(new DescribeTableCommand({ TableName: table }), {
    abortSignal: AbortSignal.timeout(5_000),
  });
  const hasIndex = found?.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === IDENTITIES_INDEX);
  return hasIndex ? undefined : `it has no index ${IDENTITIES_INDEX}`;
}

async function requireTable(dynamo: DynamoDBClient, name: string, version: 'v1' | 'v2'): Promise<void> {
  try {
    await dynamo.send(new DescribeTableCommand({ TableName: name }), {
      abortSignal: AbortSignal.timeout(5_000),
    });
  } catch (error) {
    const remedy = error instanceof ResourceNotFoundException ? ` ${howToCreate(name, version)}` : '';
    throw new Error(`${variables[version]} is "${name}": ${reasonOf(error)}.${remedy}`, { cause: error });
  }
}

const howToCreate = (name: string, version: 'v1' | 'v2') =>
  `A SHADOW_TABLE_SUFFIX is part of this name. Where the name is right, this makes the table:
  aws dynamodb create-table --table-name ${name} --billing-mode PAY_PER_REQUEST \\
    ${createArguments[version]}`;
