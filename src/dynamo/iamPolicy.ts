import type { DocumentTables } from './documentStore.js';

/** What a worker does in DynamoDB. */
const ACTIONS = [
  ...['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
  ...['dynamodb:Query', 'dynamodb:BatchWriteItem'],
];

/** The IAM policy that a worker needs: these tables and nothing else, not even their indexes. */
export const iamPolicy = (tables: DocumentTables, region: string, account: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'EnvironmentDocuments',
      Effect: 'Allow',
      Action: ACTIONS,
      Resource: [tables.v1, tables.v2].flatMap((table) =>
        table === undefined ? [] : [`arn:aws:dynamodb:${region}:${account}:table/${table}`],
      ),
    },
  ],
});
