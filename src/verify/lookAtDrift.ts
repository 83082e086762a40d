import { selectEnvironment } from '../db/environmentRows/environment.js';
import { readEnvironmentRows } from '../db/environmentRows.js';
import { readPauseOf } from '../db/pausedSyncs.js';
import { hasRetiredKeys } from '../db/retiredKeys.js';
import { readScheduledChanges } from '../db/scheduledChanges.js';
import { inSnapshot, type Snapshot } from '../db/snapshot.js';
import type { DatabaseSession } from '../db/connect.js';
import { hasChangeInOutbox, selectUnseededFeatures } from '../db/verification.js';
import { buildDocument } from '../document/buildDocument.js';
import { DocumentTooLargeError, encodeDocument } from '../document/encodeDocument.js';
import { UnreadableDocumentError } from '../document/errors.js';
import type { CompressionMode } from '../document/items.js';
import type { EnvironmentRow, EnvironmentRows } from '../document/rows.js';
import type { EnvironmentDocument } from '../document/types.js';
import type { DocumentTables } from '../dynamo/documentStore.js';
import { tablesOf } from '../dynamo/putDocument.js';
import { readDocument, type StoredDocument } from '../dynamo/readDocument.js';
import { orderOf } from '../dynamo/unlessNewer.js';
import { capReasons, lookAtSeeding } from '../seeding/lookAtSeeding.js';
import { describePause } from '../workflows/pause.js';
import { describeReasons } from '../workflows/reasons.js';
import type { VerifyDeps } from './deps.js';
import { documentHolder } from './holdsDocument.js';
import { itemDrift } from './itemDrift.js';
import { refusalOf } from './refusalOf.js';
import type { DriftKind } from './verification.js';

/** What one look at an environment that is not deleted shows. */
export interface Look {
  tables: DocumentTables;
  environment: Pick<EnvironmentRow, 'id' | 'apiKey'>;
  /** Read before the snapshot that they are compared with. */
  stored: StoredDocument;
  /** Of the items; none where they are refused. */
  drift: DriftKind[];
  /** Old features without a state in the old environment, and without a flag that tells of somebody who makes it. */
  unseededIds: number[];
  /** The environment had other keys, under which there may be items. */
  hadOtherKeys: boolean;
  /** Why no write would mend the items, whatever they hold. */
  refused?: string | undefined;
  /** What a write would wait for; asked only where something is not as it ought to be. */
  held?: string | undefined;
  /** The change that explains a difference; asked only then. */
  onItsWay?: string | undefined;
}

/** What goes live by itself is written by a sync's timer: it may be late by as much as a worker takes to restart. */
const WENT_LIVE_GRACE_MS = 30_000;

/**
 * Looks at what DynamoDB holds first, and only then at what PostgreSQL says: an item cannot be newer than the snapshot it
 * is compared with, and one that is older is explained by a change or it is drift.
 *
 * @returns `changed` where the environment got another key or other tables between the two
 */
export async function lookAtDrift(
  deps: VerifyDeps,
  environmentId: number,
  signal: AbortSignal,
): Promise<Look | 'deleted' | 'not_written' | 'changed'> {
  const [found] = await selectEnvironment(deps.db, environmentId);
  if (!found) return 'deleted';
  const { environment } = found;
  const tables = tablesOf(found.project, deps.tables);
  if (tables.v1 === undefined) return 'not_written';
  const stored = await readDocument(deps.dynamo, tables, environment, signal);
  signal.throwIfAborted();
  return await inSnapshot(deps.db, async (tx, snapshot) => {
    const look = await compareInSnapshot(tx, deps, { environment, tables, stored }, snapshot);
    if (look === 'changed' || look.drift.length + look.unseededIds.length === 0) return look;
    const { creating, ...explanation } = await explain(tx, deps, environmentId, snapshot);
    return { ...look, ...explanation, unseededIds: look.unseededIds.filter((id) => !creating(id)) };
  });
}

/** What was read of an environment before the snapshot. */
export type ReadItems = Pick<Look, 'environment' | 'tables' | 'stored'>;

/** A look without explanations: what is not as it ought to be, or else nothing. */
export async function compareInSnapshot(
  tx: DatabaseSession,
  deps: VerifyDeps,
  { environment, tables, stored }: ReadItems,
  snapshot: Snapshot,
): Promise<Look | 'changed'> {
  const oldSince = before(snapshot.asOf, deps.seedingPolicy.inferenceWindowMs);
  const [rows, unseededIds, hadOtherKeys] = await Promise.all([
    readEnvironmentRows(tx, environment.id, snapshot.asOf),
    selectUnseededFeatures(tx, environment.id, oldSince),
    hasRetiredKeys(tx, environment.id),
  ]);
  if (rows?.environment.apiKey !== environment.apiKey) return 'changed';
  if (!areSame(tables, tablesOf(rows.project, deps.tables))) return 'changed';
  const judged = await judgeItems(tx, deps, { rows, tables, stored, snapshot });
  return { ...judged, tables, environment, stored, unseededIds, hadOtherKeys };
}

interface ToJudge {
  rows: EnvironmentRows;
  tables: DocumentTables;
  stored: StoredDocument;
  snapshot: Snapshot;
}

async function judgeItems(
  tx: DatabaseSession,
  deps: VerifyDeps,
  { rows, tables, stored, snapshot }: ToJudge,
): Promise<Pick<Look, 'drift' | 'refused'>> {
  const stamps = [stored.v1, stored.v2].map((item) => item && orderOf(item));
  const overwriting = await refusalOf(deps.db, tx, stamps, snapshot);
  if (overwriting !== undefined) return { drift: [], refused: overwriting };
  try {
    const document = buildDocument(rows);
    const holds = documentHolder(document);
    const drift = (['v1', 'v2'] as const).flatMap((version) =>
      tables[version] === undefined ? [] : itemDrift(stored[version], version, document, holds),
    );
    if (drift.length > 0) requireWritable(document, deps.compression);
    return { drift };
  } catch (error) {
    if (error instanceof UnreadableDocumentError || error instanceof DocumentTooLargeError)
      return { drift: [], refused: error.message };
    throw error;
  }
}

/** @throws where the document cannot be put, and a difference is not for verify to mend */
function requireWritable(document: EnvironmentDocument, compression: CompressionMode): void {
  encodeDocument(document, compression);
}

/** What makes a difference none that needs repair, in the snapshot that showed it. */
async function explain(
  tx: DatabaseSession,
  deps: VerifyDeps,
  environmentId: number,
  snapshot: Snapshot,
): Promise<Pick<Look, 'held' | 'onItsWay'> & { creating: (featureId: number) => boolean }> {
  const { asOf } = snapshot;
  const [pause, verdict, isInOutbox, { wentLive }] = await Promise.all([
    readPauseOf(tx, environmentId),
    lookAtSeeding(tx, snapshot, { environmentId }, deps.seedingPolicy),
    hasChangeInOutbox(tx, environmentId),
    readScheduledChanges(tx, environmentId, { asOf, since: before(asOf, WENT_LIVE_GRACE_MS) }),
  ]);
  const { reasons, reasonsCount } = capReasons(verdict?.reasons ?? []);
  const flags = (verdict?.reasons ?? []).filter(({ kind }) => kind.endsWith('_is_creating'));
  return {
    // Who holds up the flag may still seed it.
    creating: (id) => flags.some((flag) => !('featureId' in flag) || flag.featureId === id),
    held: pause
      ? describePause(pause)
      : reasonsCount > 0
        ? describeReasons(reasons, reasonsCount)
        : undefined,
    onItsWay: isInOutbox
      ? 'a change waits in the outbox'
      : wentLive
        ? 'a scheduled change went live a moment ago'
        : undefined,
  };
}

const areSame = (a: DocumentTables, b: DocumentTables) => a.v1 === b.v1 && a.v2 === b.v2;

const before = (asOf: string, ms: number) =>
  new Date(Date.parse(`${asOf}Z`) - ms).toISOString().replace('Z', '');
