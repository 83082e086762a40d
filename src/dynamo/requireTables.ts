import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { DocumentTables } from './documentStore.js';

const variables = { v1: 'ENVIRONMENTS_TABLE_NAME_DYNAMO', v2: 'ENVIRONMENTS_V2_TABLE_NAME_DYNAMO' } as const;

/** @throws unless each table that is configured can be seen; the message names the variable. */
export async function requireTables(dynamo: DynamoDBClient, tables: DocumentTables): Promise<void> {
  for (const version of ['v1', 'v2'] as const) {
    const name = tables[version];
    if (name !== undefined) await requireTable(dynamo, name, variables[version]);
  }
}

async function requireTable(dynamo: DynamoDBClient, name: string, variable: string): Promise<void> {
  try {
    await dynamo.send(new DescribeTableCommand({ TableName: name }), {
      abortSignal: AbortSignal.timeout(5_000),
    });
  } catch (error) {
    const reason =
      error instanceof ResourceNotFoundException
        ? 'there is no such table in this account and region'
        : error instanceof Error
          ? error.message
          : String(error);
    throw new Error(`${variable} is "${name}": ${reason}.`, { cause: error });
  }
}
