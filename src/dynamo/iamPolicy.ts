import type { DocumentTables } from './documentStore.js';

/** What a worker does in DynamoDB; the last two for verifications. */
const WRITING = [
  ...['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
  ...['dynamodb:Query', 'dynamodb:BatchWriteItem', 'dynamodb:BatchGetItem', 'dynamodb:Scan'],
];

/** What `envsync compare` does beside, with tables that a worker in shadow mode leaves alone. */
const READING = ['dynamodb:DescribeTable', 'dynamodb:GetItem'];

export interface PolicyTables {
  /** Those that are written. */
  tables: DocumentTables;
  flagsmithTables: DocumentTables;
  shadowTableSuffix: string | undefined;
}

/**
 * The IAM policy that a worker needs, and in shadow mode who compares: these tables and nothing else, not even their
 * indexes. In shadow mode nothing is allowed to write to Flagsmith's own.
 */
export const iamPolicy = (
  { tables, flagsmithTables, shadowTableSuffix }: PolicyTables,
  region: string,
  account: string,
) => {
  const allow = (sid: string, actions: string[], { v1, v2 }: DocumentTables) => ({
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: [v1, v2].flatMap((table) =>
      table === undefined ? [] : [`arn:aws:dynamodb:${region}:${account}:table/${table}`],
    ),
  });
  return {
    Version: '2012-10-17',
    Statement: [
      allow('EnvironmentDocuments', WRITING, tables),
      ...(shadowTableSuffix === undefined
        ? []
        : [allow('FlagsmithDocumentsToCompare', READING, flagsmithTables)]),
    ],
  };
};
