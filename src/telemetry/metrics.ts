import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DRIFT_KINDS } from '../verify/verification.js';
import type { WriteOutcome } from '../workflows/contract.js';
import { lastKnown } from './lastKnown.js';
import { sharedRead } from './sharedRead.js';

export type Metrics = ReturnType<typeof createMetrics>;

const FAILED_SYNCS_EVERY_MS = 30_000;
/** Typed so that none is left out. */
const NO_OUTCOMES: Record<WriteOutcome['outcome'], 0> = {
  written: 0,
  superseded: 0,
  not_due: 0,
  not_written: 0,
  deleted: 0,
  paused: 0,
  seeding: 0,
};

/**
 * The metrics of one worker; each constant bears its metric's full name.
 *
 * @param readOutbox asked at each scrape, so that a relay that stands still shows
 * @param isPaused asked at each scrape, as whoever pauses syncs is no worker
 * @param lookAtFailedSyncs asked at most every 30 s: any worker, and somebody by hand, may heal what another one saw fail
 */
export function createMetrics(
  readOutbox: () => Promise<{ rows: number; oldestSeconds: number }>,
  isPaused: () => Promise<boolean>,
  lookAtFailedSyncs: () => Promise<{ environments: number; oldestSeconds: number }>,
) {
  const registry = new Registry();
  const registers = [registry];

  const flagsmith_environment_document_writes_total = new Counter({
    name: 'flagsmith_environment_document_writes_total',
    help: 'Environments whose items were all put (success), and attempts to write that threw (failure).',
    labelNames: ['result'] as const,
    registers,
  });
  flagsmith_environment_document_writes_total.inc({ result: 'success' }, 0);
  flagsmith_environment_document_writes_total.inc({ result: 'failure' }, 0);

  const flagsmith_environment_document_sync_outcomes_total = new Counter({
    name: 'flagsmith_environment_document_sync_outcomes_total',
    help: 'What became of the attempts to write that did not throw.',
    labelNames: ['outcome'] as const,
    registers,
  });
  for (const [outcome, none] of Object.entries(NO_OUTCOMES))
    flagsmith_environment_document_sync_outcomes_total.inc({ outcome }, none);

  const flagsmith_environment_document_incomplete_writes_total = new Counter({
    name: 'flagsmith_environment_document_incomplete_writes_total',
    help: 'Documents written although feature states seemed to be missing, by creators that set no seeding flag.',
    registers,
  });

  const flagsmith_environment_document_seeding_waits_total = new Counter({
    name: 'flagsmith_environment_document_seeding_waits_total',
    help: 'Looks that found an environment still being seeded.',
    registers,
  });

  const flagsmith_environment_document_seeding_timeouts_total = new Counter({
    name: 'flagsmith_environment_document_seeding_timeouts_total',
    help: 'Syncs that gave up on an environment because a seeding flag stayed up.',
    registers,
  });

  const flagsmith_environment_document_sync_lag_seconds = new Histogram({
    name: 'flagsmith_environment_document_sync_lag_seconds',
    help: 'From the change in PostgreSQL to the document in DynamoDB.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers,
  });

  const flagsmith_environment_document_size_ratio = new Gauge({
    name: 'flagsmith_environment_document_size_ratio',
    help: 'Of documents from 80 % of what fits into a DynamoDB item: that part, above 1 for one that does not fit. As this worker last built it.',
    labelNames: ['environment_id'] as const,
    registers,
  });

  const flagsmith_environment_document_deletes_total = new Counter({
    name: 'flagsmith_environment_document_deletes_total',
    help: 'Deletions of what an environment left behind: complete (success), with items left that are of a later moment or of another database (refused), or thrown (failure).',
    labelNames: ['result'] as const,
    registers,
  });
  for (const result of ['success', 'refused', 'failure'] as const)
    flagsmith_environment_document_deletes_total.inc({ result }, 0);

  const flagsmith_environment_document_foreign_writes_total = new Counter({
    name: 'flagsmith_environment_document_foreign_writes_total',
    help: 'Items of somebody else, such as Flagsmith itself, that were found at a write and replaced.',
    registers,
  });

  const flagsmith_environment_document_drift_total = new Counter({
    name: 'flagsmith_environment_document_drift_total',
    help: 'Environments whose documents a verification found not to be as they ought to, by how; repaired ones count too.',
    labelNames: ['kind'] as const,
    registers,
  });
  for (const kind of DRIFT_KINDS) flagsmith_environment_document_drift_total.inc({ kind }, 0);

  // Each gauge sets its own value: one set from another's `collect` would be a scrape behind.
  const outbox = sharedRead(() => readOutbox().catch(() => ({ rows: NaN, oldestSeconds: NaN })));
  const flagsmith_environment_document_outbox_oldest_seconds = new Gauge({
    name: 'flagsmith_environment_document_outbox_oldest_seconds',
    help: 'Age of the oldest change not yet handed to Temporal; 0 without any, NaN while PostgreSQL cannot be asked.',
    registers,
    async collect() {
      this.set((await outbox()).oldestSeconds);
    },
  });

  const flagsmith_environment_document_outbox_rows = new Gauge({
    name: 'flagsmith_environment_document_outbox_rows',
    help: 'Changes not yet handed to Temporal; NaN while PostgreSQL cannot be asked.',
    registers,
    async collect() {
      this.set((await outbox()).rows);
    },
  });

  const flagsmith_environment_document_paused = new Gauge({
    name: 'flagsmith_environment_document_paused',
    help: '1 while syncs of everything, or of a project, are paused, else 0; NaN while PostgreSQL cannot be asked.',
    registers,
    async collect() {
      this.set(await isPaused().then(Number, () => NaN));
    },
  });

  const failedSyncs = lastKnown(
    lookAtFailedSyncs,
    { environments: NaN, oldestSeconds: NaN },
    FAILED_SYNCS_EVERY_MS,
  );
  const flagsmith_environment_document_failed_syncs = new Gauge({
    name: 'flagsmith_environment_document_failed_syncs',
    help: 'Environments whose sync timed out, was refused or was ended, and whose document nobody wrote since; NaN while it is not known.',
    registers,
    collect() {
      this.set(failedSyncs().environments);
    },
  });

  const flagsmith_environment_document_failed_syncs_oldest_seconds = new Gauge({
    name: 'flagsmith_environment_document_failed_syncs_oldest_seconds',
    help: 'For how long that has been so of the first of them; 0 without any, NaN while it is not known.',
    registers,
    collect() {
      this.set(failedSyncs().oldestSeconds);
    },
  });

  return {
    registry,
    flagsmith_environment_document_writes_total,
    flagsmith_environment_document_sync_outcomes_total,
    flagsmith_environment_document_incomplete_writes_total,
    flagsmith_environment_document_seeding_waits_total,
    flagsmith_environment_document_seeding_timeouts_total,
    flagsmith_environment_document_sync_lag_seconds,
    flagsmith_environment_document_size_ratio,
    flagsmith_environment_document_deletes_total,
    flagsmith_environment_document_foreign_writes_total,
    flagsmith_environment_document_drift_total,
    flagsmith_environment_document_outbox_rows,
    flagsmith_environment_document_outbox_oldest_seconds,
    flagsmith_environment_document_paused,
    flagsmith_environment_document_failed_syncs,
    flagsmith_environment_document_failed_syncs_oldest_seconds,
  };
}
