import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Database } from '../db/connect.js';
import { describeEnvironment } from '../db/describedEnvironment.js';
import { readEnvironmentRows } from '../db/environmentRows.js';
import { readChangesOf } from '../db/outboxWaiting.js';
import { readPauseOf } from '../db/pausedSyncs.js';
import { currentOrder, inUnorderedSnapshot } from '../db/snapshot.js';
import { readPredecessors } from '../db/sources.js';
import { buildDocument } from '../document/buildDocument.js';
import { DocumentTooLargeError, encodeDocument } from '../document/encodeDocument.js';
import { UnreadableDocumentError } from '../document/errors.js';
import { buildItems, type CompressionMode, type DocumentItems } from '../document/items.js';
import type { EnvironmentRows } from '../document/rows.js';
import type { DocumentTables } from '../dynamo/documentStore.js';
import { tablesOf } from '../dynamo/putDocument.js';
import { readDocument, type StoredDocument } from '../dynamo/readDocument.js';
import type { SeedingPolicy } from '../seeding/seedingVerdict.js';
import type { SyncsAccess } from '../syncs/access.js';
import { environmentStatus, type EnvironmentStatus } from '../syncs/environmentStatus.js';
import type { Found } from './found.js';
import { seedingNow } from './seedingNow.js';
import { type PostgresMoment, type StoredItem, storedItem } from './storedItem.js';
import { isWell, whatToDo } from './whatToDo.js';

export interface ExplainDeps extends SyncsAccess {
  db: Database;
  dynamo: DynamoDBClient;
  /** That this product writes to. */
  tables: DocumentTables;
  compression: CompressionMode;
  seedingPolicy: SeedingPolicy;
}

/** Everything about one environment that tells whether its document is as it should be, and why not. */
export interface Explanation extends Found {
  /** One sentence. */
  whatToDo: string;
  /** Nothing is to be done, and nothing is waited for. */
  isWell: boolean;
}

/**
 * Explains one environment. Reads only: SELECT, `dynamodb:GetItem`, and Temporal. What a server does not answer is told
 * in its place, but nothing can be told without PostgreSQL's tables.
 *
 * @throws if there never was such an environment
 */
export async function explainEnvironment(deps: ExplainDeps, environmentId: number): Promise<Explanation> {
  const described = await describeEnvironment(deps.db, environmentId);
  if (!described) throw new Error(`There is no environment ${environmentId}.`);
  const { apiKey, ...environment } = described;
  // Before PostgreSQL's rows: what they say is then not earlier than what the items say.
  const items = await orError(readDocument(deps.dynamo, deps.tables, { id: environmentId, apiKey }));
  const { rows, seeding } = await readRows(deps, environmentId);
  const [moment, outbox, paused, workflow] = await Promise.all([
    orError(readMoment(deps.db)),
    orError(readChangesOf(deps.db, { environmentId, projectId: environment.projectId })),
    orError(readPauseOf(deps.db, environmentId).then((pause) => ({ pause: pause ?? null }))),
    orError(askTemporal(deps, environmentId)),
  ]);
  const { now, refused } = itemsNow(rows, deps.compression);
  const found: Found = {
    environment,
    seeding: seeding ?? null,
    refused,
    order: 'error' in moment ? moment : { now: moment.order },
    stored: 'error' in items ? items : compareStored(items, rows, now, moment, deps.tables),
    outbox,
    paused,
    workflow,
  };
  return { ...found, whatToDo: whatToDo(found), isWell: isWell(found) };
}

const readRows = ({ db, seedingPolicy }: ExplainDeps, environmentId: number) =>
  inUnorderedSnapshot(db, async (tx, { asOf }) => {
    const [rows, seeding] = await Promise.all([
      readEnvironmentRows(tx, environmentId, asOf),
      seedingNow(tx, environmentId, asOf, seedingPolicy),
    ]);
    return { rows, seeding };
  });

async function readMoment(db: Database): Promise<PostgresMoment> {
  const [{ source, order }, predecessors] = await Promise.all([currentOrder(db), readPredecessors(db)]);
  return { source, order, predecessors };
}

async function askTemporal(deps: ExplainDeps, environmentId: number): Promise<EnvironmentStatus> {
  await deps.client.connection.ensureConnected();
  return await environmentStatus(deps, environmentId);
}

/** In the plain form, which any document has; a fault of the rows is part of the answer. */
function itemsNow(
  rows: EnvironmentRows | undefined,
  compression: CompressionMode,
): { now: DocumentItems | undefined; refused: string | null } {
  if (!rows) return { now: undefined, refused: null };
  try {
    const document = buildDocument(rows);
    encodeDocument(document, compression);
    return { now: buildItems(document, { compress: false }), refused: null };
  } catch (error) {
    if (error instanceof UnreadableDocumentError || error instanceof DocumentTooLargeError)
      return { now: undefined, refused: error.message };
    throw error;
  }
}

function compareStored(
  items: StoredDocument,
  rows: EnvironmentRows | undefined,
  now: DocumentItems | undefined,
  moment: PostgresMoment | { error: string },
  configured: DocumentTables,
): { v1: StoredItem; v2: StoredItem } {
  // Of a deleted environment whatever is there counts.
  const written = rows ? tablesOf(rows.project, configured) : configured;
  const postgres = 'error' in moment ? undefined : moment;
  return {
    v1: storedItem(items.v1, written.v1 !== undefined, now?.v1, postgres),
    v2: storedItem(items.v2, written.v2 !== undefined, now?.v2, postgres),
  };
}

async function orError<T>(asked: Promise<T>): Promise<T | { error: string }> {
  try {
    return await asked;
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
