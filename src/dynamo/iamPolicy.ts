import type { DocumentTables } from './documentStore.js';
import { IDENTITIES_INDEX } from './identities.js';

/** What a worker does in DynamoDB; the last two for verifications. */
const WRITING = [
  ...['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
  ...['dynamodb:Query', 'dynamodb:BatchWriteItem', 'dynamodb:BatchGetItem', 'dynamodb:Scan'],
];

/** What the deletion of an environment takes of the table of identities, and of its index. */
const DELETING = ['dynamodb:DescribeTable', 'dynamodb:Query', 'dynamodb:BatchWriteItem'];

/** What `envsync compare` does beside, with tables that a worker in shadow mode leaves alone. */
const READING = ['dynamodb:DescribeTable', 'dynamodb:GetItem'];

export interface PolicyTables {
  /** Those that are written. */
  tables: DocumentTables;
  flagsmithTables: DocumentTables;
  shadowTableSuffix: string | undefined;
  identitiesTable: string | undefined;
}

/**
 * The IAM policy that a worker needs, and in shadow mode who compares: these tables and nothing else, and of their indexes
 * only the one that finds identities. In shadow mode nothing is allowed to write to Flagsmith's own.
 */
export const iamPolicy = (
  { tables, flagsmithTables, shadowTableSuffix, identitiesTable }: PolicyTables,
  region: string,
  account: string,
) => {
  const arnOf = (name: string) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;
  const allow = (sid: string, actions: string[], names: (string | undefined)[]) => ({
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: names.flatMap((name) => (name === undefined ? [] : [arnOf(name)])),
  });
  return {
    Version: '2012-10-17',
    Statement: [
      allow('EnvironmentDocuments', WRITING, [tables.v1, tables.v2]),
      ...(identitiesTable === undefined
        ? []
        : [
            allow('IdentitiesOfDeletedEnvironments', DELETING, [
              identitiesTable,
              `${identitiesTable}/index/${IDENTITIES_INDEX}`,
            ]),
          ]),
      ...(shadowTableSuffix === undefined
        ? []
        : [allow('FlagsmithDocumentsToCompare', READING, [flagsmithTables.v1, flagsmithTables.v2])]),
    ],
  };
};
