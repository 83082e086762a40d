/** What a verification says; ids, kinds and counts, so that it may enter histories. */

export const DRIFT_KINDS = ['missing', 'partial', 'stale', 'foreign', 'orphaned', 'unseeded'] as const;

/**
 * How DynamoDB, or PostgreSQL itself, is not as it ought to be:
 * - `missing`: an item that should be there is not;
 * - `partial`: features that PostgreSQL's document has are missing from the item;
 * - `stale`: the item differs from PostgreSQL's document in another way;
 * - `foreign`: somebody else wrote the item, or damaged its attribute `document_sync`;
 * - `orphaned`: there is an item, or an identity, of a deleted environment, or an item under a key that the environment no
 *   longer has;
 * - `unseeded`: an old feature has no default state in an old environment. No document can say what PostgreSQL lacks.
 */
export type DriftKind = (typeof DRIFT_KINDS)[number];

export type VerifyOutcome =
  /** What DynamoDB holds is what PostgreSQL says. */
  | 'current'
  | 'drifted'
  /** A difference that a change still on its way explains. */
  | 'on_its_way'
  /** A difference that no write would mend yet: something is being seeded, or syncs are paused. */
  | 'held'
  /** A difference that no write would mend: the document cannot be written, or the item may not be overwritten. */
  | 'refused'
  /** The project does not use DynamoDB. */
  | 'not_written'
  /** There is no such environment (any more), and no item that is known to be its own. */
  | 'deleted'
  /** There is no verdict: it could not be verified, several times in a row. */
  | 'failed';

export interface EnvironmentVerification {
  environmentId: number;
  outcome: VerifyOutcome;
  drift: DriftKind[];
  /** All of the drift that is in DynamoDB is mended. */
  repaired: boolean;
  /** Why there is no verdict, or no repair. */
  reason?: string;
  /**
   * An item is not what its own hash says: it was changed after it was written. Without it, what differs was written so, and
   * PostgreSQL went on since.
   */
  altered?: true;
  /** Of `unseeded`: the first of the features, and how many there are. */
  unseeded?: { featureIds: number[]; count: number };
  /** Feature states that were made for it. */
  seededCount?: number;
}

const LEFT_BY_ITSELF: VerifyOutcome[] = ['held', 'refused', 'failed'];

/** Whether something is left that a verification cannot mend, or was not to. */
export function isLeft(verification: EnvironmentVerification): boolean {
  const { outcome, drift, repaired, unseeded, seededCount = 0 } = verification;
  return (
    LEFT_BY_ITSELF.includes(outcome) ||
    (isInItems(drift) && !repaired) ||
    (unseeded !== undefined && unseeded.count > seededCount)
  );
}

/** Whether there is drift in DynamoDB, and not only in PostgreSQL. */
export const isInItems = (drift: DriftKind[]): boolean => drift.some((kind) => kind !== 'unseeded');
