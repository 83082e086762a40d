import type { DocumentTables } from './documentStore.js';
import { IDENTITIES_INDEX } from './identities.js';

/** What a worker does with each of the tables that it writes; the last two for verifications. */
const WRITING = [
  ...['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
  ...['dynamodb:BatchGetItem', 'dynamodb:Scan'],
];

/** What the deletion of an environment takes besides of the second table, where it has a partition of its own. */
const DELETING_PARTITION = ['dynamodb:Query', 'dynamodb:BatchWriteItem'];

/** What it takes of the table of identities, and of the index that finds them. */
const DELETING_IDENTITIES = ['dynamodb:DescribeTable', 'dynamodb:BatchWriteItem'];
const FINDING_IDENTITIES = ['dynamodb:Query'];

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
 * The IAM policy that a worker needs, and in shadow mode who compares: of each table what is done with it and nothing
 * else, and of their indexes only the one that finds identities. In shadow mode nothing is allowed to write to Flagsmith's own.
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
      ...(tables.v2 === undefined
        ? []
        : [allow('PartitionsOfDeletedEnvironments', DELETING_PARTITION, [tables.v2])]),
      ...(identitiesTable === undefined
        ? []
        : [
            allow('IdentitiesOfDeletedEnvironments', DELETING_IDENTITIES, [identitiesTable]),
            allow('IndexOfIdentities', FINDING_IDENTITIES, [`${identitiesTable}/index/${IDENTITIES_INDEX}`]),
          ]),
      ...(shadowTableSuffix === undefined
        ? []
        : [allow('FlagsmithDocumentsToCompare', READING, [flagsmithTables.v1, flagsmithTables.v2])]),
    ],
  };
};
