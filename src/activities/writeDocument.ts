import { Context } from '@temporalio/activity';
import { readEnvironmentRows } from '../db/environmentRows.js';
import { inSnapshot, type Snapshot } from '../db/snapshot.js';
import { buildDocument } from '../document/buildDocument.js';
import type { EnvironmentRows } from '../document/rows.js';
import { stampItem } from '../dynamo/documentStore.js';
import { documentExists, putDocument, tablesOf } from '../dynamo/putDocument.js';
import { encodeDocument } from '../document/encodeDocument.js';
import { itemSizeBytes } from '../document/itemSize.js';
import { capReasons, lookAtSeeding, toSeeding } from '../seeding/lookAtSeeding.js';
import type { SeedingVerdict } from '../seeding/seedingVerdict.js';
import type { WriteInput, WriteOutcome } from '../workflows/contract.js';
import { attemptDeadline, type Deadline } from './deadline.js';
import type { SyncDeps } from './deps.js';
import { failureTypeOf, toWriteFailure } from './writeFailures.js';

/**
 * Writes the document of one snapshot, unless that very snapshot shows that something is still being seeded, or DynamoDB
 * holds a document of a later one.
 *
 * @throws {ApplicationFailure} not retryable: `UnreadableDocument`, `DocumentTooLarge`, `HistoryRewound`, `OtherSource`
 */
export async function writeDocument(deps: SyncDeps, input: WriteInput): Promise<WriteOutcome> {
  const { metrics, events } = deps;
  try {
    const outcome = await tryToWrite(deps, input, attemptDeadline());
    metrics.flagsmith_environment_document_sync_outcomes_total.inc({ outcome: outcome.outcome });
    return outcome;
  } catch (error) {
    const failure = toWriteFailure(error, input.environmentId);
    metrics.flagsmith_environment_document_writes_total.inc({ result: 'failure' });
    events.environmentDocumentWriteFailed({
      environment__id: input.environmentId,
      attempt: Context.current().info.attempt,
      error__type: failureTypeOf(failure),
      error__message: failure.message,
    });
    throw failure;
  }
}

interface Read {
  snapshot: Snapshot;
  rows: EnvironmentRows | undefined;
  verdict: SeedingVerdict | undefined;
}

async function tryToWrite(deps: SyncDeps, input: WriteInput, deadline: Deadline): Promise<WriteOutcome> {
  for (;;) {
    const { snapshot, rows, verdict } = await readAtOnce(deps, input);
    const readAtMs = performance.now();
    if (!rows) return { outcome: 'deleted', seeding: false };
    const tables = tablesOf(rows.project, deps.tables);
    if (tables.v1 === undefined || !verdict) return { outcome: 'not_written', seeding: false };
    if (await mustWait(deps, input, rows, verdict, deadline))
      return { outcome: 'seeding', ...toSeeding(verdict) };

    const document = encodeDocument(buildDocument(rows), deps.compression);
    deadline.check();
    const result = await putDocument(deps, { document, tables, snapshot }, deadline.signal);
    if (result === 'superseded') return { outcome: 'superseded', seeding: false };
    if (result === 'again') continue;

    const written = {
      featureStatesCount: document.featureStatesCount,
      documentBytes: itemSizeBytes(stampItem(document.v1, snapshot, document.hash)),
    };
    const lagMs =
      input.changedAt === undefined
        ? null
        : lagSince(input.changedAt, snapshot, performance.now() - readAtMs);
    report(deps, { ...written, rows, lagMs, incomplete: [...verdict.reasons, ...verdict.expired] });
    return { outcome: 'written', seeding: false, ...written };
  }
}

/** One snapshot for the flags and the rows: asking first and reading later would reopen the gap we exist to close. */
const readAtOnce = (deps: SyncDeps, input: WriteInput): Promise<Read> =>
  inSnapshot(deps.db, async (tx, snapshot) => {
    const [verdict, rows] = await Promise.all([
      lookAtSeeding(tx, snapshot, input, deps.seedingPolicy),
      readEnvironmentRows(tx, input.environmentId, snapshot.asOf),
    ]);
    return { snapshot, rows, verdict };
  });

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

/** From the change to now, on PostgreSQL's clock but for the time since the snapshot. */
function lagSince(changedAt: string, { asOf }: Snapshot, sinceSnapshotMs: number): number {
  return Math.round(Date.parse(`${asOf}Z`) - Date.parse(`${changedAt}Z`) + sinceSnapshotMs);
}

interface Report {
  rows: EnvironmentRows;
  featureStatesCount: number;
  documentBytes: number;
  lagMs: number | null;
  incomplete: SeedingVerdict['reasons'];
}

function report({ metrics, events }: SyncDeps, written: Report): void {
  const { rows, lagMs, incomplete } = written;
  metrics.flagsmith_environment_document_writes_total.inc({ result: 'success' });
  if (lagMs !== null) metrics.flagsmith_environment_document_sync_lag_seconds.observe(lagMs / 1000);
  events.environmentDocumentWritten({
    environment__id: rows.environment.id,
    project__id: rows.project.id,
    feature_states__count: written.featureStatesCount,
    document__bytes: written.documentBytes,
    lag__ms: lagMs,
    attempt: Context.current().info.attempt,
  });
  if (incomplete.length === 0) return;
  metrics.flagsmith_environment_document_incomplete_writes_total.inc();
  const { reasons, reasonsCount } = capReasons(incomplete);
  events.environmentDocumentWrittenIncomplete({
    environment__id: rows.environment.id,
    reasons,
    reasons__count: reasonsCount,
  });
}
