import type { DatabaseSession } from '../db/connect.js';
import { readSeedingRows } from '../db/seedingRows.js';
import { type SeedingPolicy, seedingVerdict } from '../seeding/seedingVerdict.js';
import type { SeedingReason } from '../workflows/contract.js';

/** What of an environment's seeding is not done, whether a write waits for it or not. */
export interface SeedingNow {
  /** Flags that are up: each holds the document. */
  flags: SeedingReason[];
  /** Young gaps: they hold the document for a short while. */
  gaps: SeedingReason[];
  /** Gaps that nobody will fill by themselves any more: the document is written without. */
  oldGaps: SeedingReason[];
}

/** Before anything was created: so every pair is looked at, not only the young ones. */
const EVER = '0001-01-01T00:00:00';
const FLAGS: readonly SeedingReason['kind'][] = ['environment_is_creating', 'feature_is_creating'];
/** Told by two looks only; to a single one also what is old and complete seems to be arriving. */
const SETTLING: readonly SeedingReason['kind'][] = ['feature_settling', 'segment_settling'];

/** In the caller's snapshot; undefined where the environment is deleted or never was. */
export async function seedingNow(
  tx: DatabaseSession,
  environmentId: number,
  asOf: string,
  policy: SeedingPolicy,
): Promise<SeedingNow | undefined> {
  const rows = await readSeedingRows(tx, environmentId, { asOf, youngSince: EVER });
  if (!rows) return undefined;
  const { reasons, expired } = seedingVerdict(rows, asOf, policy, undefined);
  return {
    flags: reasons.filter(({ kind }) => FLAGS.includes(kind)),
    gaps: reasons.filter(({ kind }) => !FLAGS.includes(kind)),
    oldGaps: expired.filter(({ kind }) => !SETTLING.includes(kind)),
  };
}
