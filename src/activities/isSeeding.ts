import { inSnapshot } from '../db/snapshot.js';
import { lookAtSeeding, toSeeding } from '../seeding/lookAtSeeding.js';
import type { IsSeedingInput, SeedingLook } from '../workflows/contract.js';
import type { SyncDeps } from './deps.js';

/** Whether the environment's document has to wait, and for what. */
export async function isSeeding(deps: SyncDeps, input: IsSeedingInput): Promise<SeedingLook> {
  const verdict = await inSnapshot(deps.db, (tx, snapshot) =>
    lookAtSeeding(tx, snapshot, input, deps.seedingPolicy),
  );
  if (!verdict || verdict.reasons.length === 0) return { seeding: false };
  deps.metrics.flagsmith_environment_document_seeding_waits_total.inc();
  return toSeeding(verdict);
}
