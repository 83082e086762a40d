import type { DatabaseSession } from '../db/connect.js';
import { readSeedingRows } from '../db/seedingRows.js';
import type { Snapshot } from '../db/snapshot.js';
import type { IsSeedingInput, Seeding, SeedingMemory, SeedingReason } from '../workflows/contract.js';
import { type SeedingPolicy, seedingVerdict, type SeedingVerdict } from './seedingVerdict.js';

/** Histories hold no more reasons than this; their number is told besides. */
const MAX_REASONS = 20;

/**
 * Judges the seeding of one environment in the caller's snapshot; undefined where nothing is written anyway: the
 * environment is deleted or never was, or its project does not use DynamoDB.
 */
export async function lookAtSeeding(
  tx: DatabaseSession,
  { asOf }: Pick<Snapshot, 'asOf'>,
  { environmentId, memory }: IsSeedingInput,
  policy: SeedingPolicy,
): Promise<SeedingVerdict | undefined> {
  const rows = await readSeedingRows(tx, environmentId, {
    asOf,
    youngSince: youngSince(asOf, memory, policy),
  });
  return rows?.usesDynamoDb ? seedingVerdict(rows, asOf, policy, memory) : undefined;
}

/** A verdict with reasons, in the form that goes into histories. */
export const toSeeding = (verdict: SeedingVerdict): Seeding => ({
  seeding: true,
  flagged: verdict.flagged,
  ...capReasons(verdict.reasons),
  inferenceEndsInMs: verdict.inferenceEndsInMs,
  memory: verdict.memory,
});

export const capReasons = (reasons: SeedingReason[]): { reasons: SeedingReason[]; reasonsCount: number } => ({
  reasons: reasons.slice(0, MAX_REASONS),
  reasonsCount: reasons.length,
});

/** What was young at the wait's first look stays in view, so that a gap that outlives the window is still told of. */
function youngSince(
  asOf: string,
  memory: SeedingMemory | undefined,
  { inferenceWindowMs }: SeedingPolicy,
): string {
  const since = Date.parse(`${memory?.waitingSince ?? asOf}Z`) - inferenceWindowMs;
  return new Date(since).toISOString().replace('Z', '');
}
