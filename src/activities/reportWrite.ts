import { Context } from '@temporalio/activity';
import { DocumentTooLargeError, type EncodedDocument } from '../document/encodeDocument.js';
import type { EnvironmentRows } from '../document/rows.js';
import { biggestParts, MAX_ITEM_BYTES } from '../document/itemSize.js';
import { capReasons } from '../seeding/lookAtSeeding.js';
import type { SeedingVerdict } from '../seeding/seedingVerdict.js';
import type { WriteInput } from '../workflows/contract.js';
import type { SyncDeps } from './deps.js';
import { failureTypeOf } from './writeFailures.js';

/** From which part of DynamoDB's limit on an item is told of, so that there is time to act. */
const NEARLY_TOO_LARGE = 0.8;

export interface WrittenDocument {
  rows: EnvironmentRows;
  document: EncodedDocument;
  /** The v1 item as stored. */
  documentBytes: number;
  lagMs: number | null;
  /** What was missing from it, or seemed to be. */
  incomplete: SeedingVerdict['reasons'];
}

/** Counts and logs a document that was put. */
export function reportWritten(deps: SyncDeps, written: WrittenDocument): void {
  const { metrics, events } = deps;
  const { rows, document, documentBytes, lagMs } = written;
  metrics.flagsmith_environment_document_writes_total.inc({ result: 'success' });
  if (lagMs !== null) metrics.flagsmith_environment_document_sync_lag_seconds.observe(lagMs / 1000);
  events.environmentDocumentWritten({
    environment__id: rows.environment.id,
    project__id: rows.project.id,
    feature_states__count: document.featureStatesCount,
    document__bytes: documentBytes,
    lag__ms: lagMs,
    attempt: Context.current().info.attempt,
  });
  reportSize(deps, rows.environment.id, document);
  reportIncomplete(deps, written);
}

/** There is no document any more whose size would matter. */
export function reportDeleted({ metrics }: SyncDeps, { environmentId }: WriteInput): void {
  metrics.flagsmith_environment_document_size_ratio.remove({ environment_id: environmentId });
}

/** Counts and logs an attempt that threw. */
export function reportFailed(deps: SyncDeps, { environmentId }: WriteInput, failure: Error): void {
  const { metrics, events } = deps;
  metrics.flagsmith_environment_document_writes_total.inc({ result: 'failure' });
  if (failure.cause instanceof DocumentTooLargeError)
    metrics.flagsmith_environment_document_size_ratio.set(
      { environment_id: environmentId },
      failure.cause.itemBytes / MAX_ITEM_BYTES,
    );
  events.environmentDocumentWriteFailed({
    environment__id: environmentId,
    attempt: Context.current().info.attempt,
    error__type: failureTypeOf(failure),
    error__message: failure.message,
  });
}

/** Only documents near the limit have a value of their own: the metric does not grow with the environments. */
function reportSize({ metrics, events }: SyncDeps, environmentId: number, document: EncodedDocument): void {
  const ratio = document.largestItemBytes / MAX_ITEM_BYTES;
  const labels = { environment_id: environmentId };
  if (ratio < NEARLY_TOO_LARGE) {
    metrics.flagsmith_environment_document_size_ratio.remove(labels);
    return;
  }
  metrics.flagsmith_environment_document_size_ratio.set(labels, ratio);
  events.environmentDocumentNearlyTooLarge({
    environment__id: environmentId,
    document__bytes: document.largestItemBytes,
    limit__bytes: MAX_ITEM_BYTES,
    biggest_parts: biggestParts(document.v1),
  });
}

function reportIncomplete({ metrics, events }: SyncDeps, { rows, incomplete }: WrittenDocument): void {
  if (incomplete.length === 0) return;
  metrics.flagsmith_environment_document_incomplete_writes_total.inc();
  const { reasons, reasonsCount } = capReasons(incomplete);
  events.environmentDocumentWrittenIncomplete({
    environment__id: rows.environment.id,
    reasons,
    reasons__count: reasonsCount,
  });
}
