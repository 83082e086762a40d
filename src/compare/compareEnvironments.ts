import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { lookAtEnvironment } from '../preview/environmentLook.js';
import type { Database } from '../db/connect.js';
import { listEnvironmentIds } from '../db/environmentList.js';
import { selectEnvironment } from '../db/environmentRows/environment.js';
import { buildDocument } from '../document/buildDocument.js';
import { UnreadableDocumentError } from '../document/errors.js';
import { buildItems, type DocumentItems } from '../document/items.js';
import type { EnvironmentRows } from '../document/rows.js';
import type { DocumentTables } from '../dynamo/documentStore.js';
import { tablesOf } from '../dynamo/putDocument.js';
import { readDocument, type StoredDocument } from '../dynamo/readDocument.js';
import type { SeedingPolicy } from '../seeding/seedingVerdict.js';
import { compareItem, compareStored, type ItemComparison } from './compareItem.js';
import { inOrder } from '../sweeps/inOrder.js';

/** How one environment's items in Flagsmith's tables and in ours compare. */
export interface EnvironmentComparison {
  environment_id: number;
  v1: ItemComparison;
  v2: ItemComparison;
  /** What a write would wait for now, in words; asked only where something is not equal. */
  seeding: string[];
  /** Why PostgreSQL's rows make no document; asked only where something is not equal. */
  error: string | null;
}

export interface CompareDeps {
  db: Database;
  dynamo: DynamoDBClient;
  /** That Flagsmith writes to. */
  flagsmithTables: DocumentTables;
  /** That this product writes to. */
  tables: DocumentTables;
  seedingPolicy: SeedingPolicy;
}

/** Which environments: some, all of a project, or all there are. Deleted ones are left out. */
export type ComparedEnvironments = { environmentIds: number[] } | { projectId: number } | 'all';

/** Few, so that a comparison of all takes little of what DynamoDB and PostgreSQL can do, and memory holds no more. */
export const ENVIRONMENTS_AT_A_TIME = 4;

/** Compares one environment after the other, in the order of their ids or as they were given. */
export async function* compareEnvironments(
  deps: CompareDeps,
  environments: ComparedEnvironments,
): AsyncGenerator<EnvironmentComparison> {
  const compared = inOrder(idsOf(deps.db, environments), ENVIRONMENTS_AT_A_TIME, (id) =>
    compareEnvironment(deps, id),
  );
  // One may have been deleted since it was listed.
  for await (const comparison of compared) if (comparison) yield comparison;
}

export const areAllEqual = ({ v1, v2 }: EnvironmentComparison): boolean =>
  [v1, v2].every(({ result }) => result === 'equal' || result === 'not_written');

const idsOf = (db: Database, environments: ComparedEnvironments): AsyncIterable<number> | number[] => {
  if (environments === 'all') return listEnvironmentIds(db);
  return 'projectId' in environments
    ? listEnvironmentIds(db, environments.projectId)
    : environments.environmentIds;
};

interface BothStored {
  flagsmith: StoredDocument;
  ours: StoredDocument;
}

async function compareEnvironment(
  deps: CompareDeps,
  environmentId: number,
): Promise<EnvironmentComparison | undefined> {
  const [found] = await selectEnvironment(deps.db, environmentId);
  if (!found) return undefined;
  const written = tablesOf(found.project, deps.tables);
  const [flagsmith, ours] = await Promise.all([
    readDocument(deps.dynamo, deps.flagsmithTables, found.environment),
    readDocument(deps.dynamo, deps.tables, found.environment),
  ]);
  const stored = { flagsmith, ours };
  const v1 = written.v1 === undefined ? NOT_WRITTEN : compareStored(pick(stored, 'v1'));
  const v2 = written.v2 === undefined ? NOT_WRITTEN : compareStored(pick(stored, 'v2'));
  const comparison = { environment_id: environmentId, seeding: [], error: null };
  if (v1 && v2 && areAllEqual({ ...comparison, v1, v2 })) return { ...comparison, v1, v2 };

  // Read after the items: what PostgreSQL says now is then not earlier than what either of them says.
  const look = await lookAtEnvironment(deps.db, environmentId, deps);
  if (!look) return undefined;
  const { items, error } = itemsNow(look.rows);
  return {
    environment_id: environmentId,
    v1: v1 ?? compareItem(pick(stored, 'v1'), items?.v1),
    v2: v2 ?? compareItem(pick(stored, 'v2'), items?.v2),
    seeding: look.seeding,
    error,
  };
}

const NOT_WRITTEN = { result: 'not_written' } as const;

const pick = ({ flagsmith, ours }: BothStored, version: 'v1' | 'v2') => ({
  flagsmith: flagsmith[version],
  ours: ours[version],
});

/** In the plain form, which any document has: what it is compared with may be in either. */
function itemsNow(rows: EnvironmentRows): { items: DocumentItems | undefined; error: string | null } {
  try {
    return { items: buildItems(buildDocument(rows), { compress: false }), error: null };
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return { items: undefined, error: error.message };
    throw error;
  }
}
