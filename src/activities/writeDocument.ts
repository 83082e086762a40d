import { putChangeBack } from '../db/syncRequests.js';
import type { Snapshot } from '../db/snapshot.js';
import { buildDocument } from '../document/buildDocument.js';
import { encodeDocument } from '../document/encodeDocument.js';
import { itemSizeBytes } from '../document/itemSize.js';
import type { EnvironmentRows } from '../document/rows.js';
import { stampItem } from '../dynamo/documentStore.js';
import { type Charge, metered } from '../dynamo/metered.js';
import { documentExists, putDocument, tablesOf } from '../dynamo/putDocument.js';
import { toSeeding } from '../seeding/lookAtSeeding.js';
import type { SeedingVerdict } from '../seeding/seedingVerdict.js';
import type { ScheduledChange, WriteInput, WriteOutcome } from '../workflows/contract.js';
import { attemptDeadline, type Deadline } from './deadline.js';
import type { SyncDeps } from './deps.js';
import { type ReadForWrite, readForWrite } from './readForWrite.js';
import { reportDeleted, reportFailed, reportWritten } from './reportWrite.js';
import { toWriteFailure } from './writeFailures.js';

/**
 * Writes the document of one snapshot, unless that very snapshot shows that something is still being seeded, or DynamoDB
 * holds a document of a later one. While syncs are paused nothing is written: the change goes back into the outbox.
 *
 * @param alreadyRead of a moment ago; if it turns out to be of no use, the environment is read anew
 * @throws {ApplicationFailure} not retryable: `UnreadableDocument`, `DocumentTooLarge`, `HistoryRewound`, `OtherSource`
 */
export async function writeDocument(
  deps: SyncDeps,
  input: WriteInput,
  alreadyRead?: ReadForWrite,
): Promise<WriteOutcome> {
  const seen: { scheduled?: ScheduledChange | undefined } = {};
  const onRead = ({ scheduled }: ReadForWrite) => {
    seen.scheduled = scheduled;
  };
  try {
    const outcome = await tryToWrite(deps, input, attemptDeadline(), onRead, alreadyRead);
    deps.metrics.flagsmith_environment_document_sync_outcomes_total.inc({ outcome: outcome.outcome });
    return outcome;
  } catch (error) {
    const failure = toWriteFailure(error, input.environmentId, seen.scheduled);
    reportFailed(deps, input, failure);
    throw failure;
  }
}

/** @param onRead is told of each snapshot, so that what it showed is not lost with a failure */
async function tryToWrite(
  deps: SyncDeps,
  input: WriteInput,
  deadline: Deadline,
  onRead: (read: ReadForWrite) => void,
  alreadyRead?: ReadForWrite,
): Promise<WriteOutcome> {
  const charge: Charge = { readUnits: 0, writeUnits: 0 };
  const dynamo = metered(deps.dynamo, charge);
  for (let first = alreadyRead; ; first = undefined) {
    const read = first ?? (await readForWrite(deps, input));
    const { snapshot, rows, verdict, scheduled, retiredKeys, pause } = read;
    if (pause && !input.evenIfPaused) {
      // Not left to the workflow: of whatever release its code is, it forgets nothing.
      await putChangeBack(deps.db, input.environmentId, input.changedAt);
      return { outcome: 'paused', seeding: false, pause };
    }
    if (!rows) {
      reportDeleted(deps, input);
      return { outcome: 'deleted', seeding: false };
    }
    const tables = tablesOf(rows.project, deps.tables);
    if (tables.v1 === undefined || !verdict) return { outcome: 'not_written', seeding: false };
    onRead(read);

    const leftToDo = {
      ...(scheduled && { scheduled }),
      ...(retiredKeys && { retiredKeys }),
      ...(pause && { pause }),
    } as const;
    const settled = { seeding: false, ...leftToDo } as const;
    if (input.onlyIfLiveSince !== undefined && !read.wentLive) return { outcome: 'not_due', ...settled };
    if (await mustWait(deps, input, rows, verdict, deadline))
      return { outcome: 'seeding', ...toSeeding(verdict) };

    const document = encodeDocument(buildDocument(rows), deps.compression);
    deadline.check();
    const onForeignWrite = () => {
      deps.metrics.flagsmith_environment_document_foreign_writes_total.inc();
    };
    const result = await putDocument(
      { db: deps.db, dynamo },
      { document, tables, snapshot, onForeignWrite, force: input.force ?? false },
      deadline.signal,
    );
    if (result === 'superseded') return { outcome: 'superseded', ...settled };
    if (result === 'again') continue;

    const documentBytes = document.v1Bytes + itemSizeBytes(stampItem({}, snapshot, document.hash));
    const lagMs = lagSince(input.changedAt, snapshot, performance.now() - read.atMs);
    const incomplete = [...verdict.reasons, ...verdict.expired];
    reportWritten(deps, { rows, document, documentBytes, lagMs, incomplete });
    return {
      outcome: 'written',
      featureStatesCount: document.featureStatesCount,
      documentBytes,
      writeUnits: charge.writeUnits,
      ...settled,
    };
  }
}

/**
 * A flag holds the document whatever the wait. Inferred reasons hold it up to the bound on looks, and beyond it only
 * where readers would otherwise get their first document incomplete.
 */
async function mustWait(
  deps: SyncDeps,
  input: WriteInput,
  rows: EnvironmentRows,
  verdict: SeedingVerdict,
  deadline: Deadline,
): Promise<boolean> {
  if (verdict.reasons.length === 0) return false;
  if (verdict.flagged || !input.boundReached) return true;
  return !(await documentExists(deps.dynamo, deps.tables, rows.environment, deadline.signal));
}

/** From the change to now, on PostgreSQL's clock but for the time since the snapshot; null where none is known. */
function lagSince(changedAt: string | undefined, { asOf }: Snapshot, sinceSnapshotMs: number): number | null {
  if (changedAt === undefined) return null;
  return Math.round(Date.parse(`${asOf}Z`) - Date.parse(`${changedAt}Z`) + sinceSnapshotMs);
}
