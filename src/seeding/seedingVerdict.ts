import type { SeedingMemory, SeedingReason } from '../workflows/contract.js';

/** What PostgreSQL says about seeding in one environment; all rows of one snapshot. */
export interface SeedingRows {
  /** `projects_project.enable_dynamo_db`; without it no document is written, and nothing needs to be waited for. */
  usesDynamoDb: boolean;
  /** `environments_environment.is_creating`. */
  environmentIsCreating: boolean;
  /** `features_feature.id` of the project's features with `is_creating` up, deleted ones left out. */
  creatingFeatureIds: number[];
  /** Each feature of the environment whose pair was young (see `SeedingPolicy.inferenceWindowMs`) when the wait began. */
  youngPairs: PairRow[];
  /** What is made of several rows, in several transactions, and was young when the wait began. */
  youngCompounds: CompoundRow[];
}

/** One (feature, environment) pair. */
export interface PairRow {
  featureId: number;
  /** The younger one's `created_date`, of feature and environment; UTC text as in `Snapshot.asOf`. */
  createdAt: string;
  /** There is a live environment default. */
  hasState: boolean;
  /** There is a live environment default with its row in `features_featurestatevalue`. */
  hasValue: boolean;
  /** How many of the feature's options have no row yet in the live default that has most of them. */
  missingOptionValues: number;
}

/** A multivariate feature with its options, or a segment with its rules and conditions. */
export interface CompoundRow {
  kind: 'feature' | 'segment';
  id: number;
  createdAt: string;
  /** Changes whenever an option, a rule or a condition does. */
  fingerprint: string;
}

export interface SeedingPolicy {
  /** How long after their creation features, environments and segments are looked at for gaps, in milliseconds. */
  inferenceWindowMs: number;
}

export interface SeedingVerdict {
  /** What the write must wait for. */
  reasons: SeedingReason[];
  /** True where a flag is among the reasons: then no document may be written, whatever the wait. */
  flagged: boolean;
  /** Inferred reasons older than the window: no longer waited for, though the document may lack something. */
  expired: SeedingReason[];
  /** When, in milliseconds from now, the last inferred reason ceases to be one; 0 without any. */
  inferenceEndsInMs: number;
  /** Handed to the next look. */
  memory: SeedingMemory;
}

/** Two looks this far apart must agree on a compound before it counts as settled; timers keep full seconds. */
const SETTLING_MS = 950;
/** Keeps histories small; compounds beyond it stay unsettled until they are old. */
const MAX_REMEMBERED_COMPOUNDS = 200;

/**
 * What this environment's document still has to wait for. Flags hold it absolutely; gaps and unsettled compounds are
 * inferred for creators that set no flag, and only delay it while they are young.
 *
 * @param now the snapshot's `asOf`
 * @param memory of the look before, in the same wait
 */
export function seedingVerdict(
  rows: SeedingRows,
  now: string,
  policy: SeedingPolicy,
  memory: SeedingMemory | undefined,
): SeedingVerdict {
  const flags = flagReasons(rows);
  const inferred = [...gaps(rows.youngPairs), ...unsettled(rows.youngCompounds, now, memory)];
  const endsInMs = (createdAt: string) => millisecondsBetween(now, createdAt) + policy.inferenceWindowMs;
  const waiting = inferred.filter(({ createdAt }) => endsInMs(createdAt) > 0);
  const expired = inferred.filter(({ createdAt }) => endsInMs(createdAt) <= 0);
  return {
    reasons: [...flags, ...waiting.map(({ reason }) => reason)],
    flagged: flags.length > 0,
    expired: expired.map(({ reason }) => reason),
    inferenceEndsInMs: Math.max(0, ...waiting.map(({ createdAt }) => endsInMs(createdAt))),
    memory: remember(rows.youngCompounds, now, memory),
  };
}

interface Inferred {
  reason: SeedingReason;
  createdAt: string;
}

function flagReasons({ environmentIsCreating, creatingFeatureIds }: SeedingRows): SeedingReason[] {
  return [
    ...(environmentIsCreating ? [{ kind: 'environment_is_creating' } as const] : []),
    ...creatingFeatureIds.map((featureId) => ({ kind: 'feature_is_creating', featureId }) as const),
  ];
}

function gaps(pairs: PairRow[]): Inferred[] {
  return pairs.flatMap(({ featureId, createdAt, ...pair }): Inferred[] => {
    if (!pair.hasState) return [{ reason: { kind: 'feature_state_missing', featureId }, createdAt }];
    if (!pair.hasValue) return [{ reason: { kind: 'feature_state_value_missing', featureId }, createdAt }];
    if (pair.missingOptionValues > 0)
      return [{ reason: { kind: 'multivariate_values_missing', featureId }, createdAt }];
    return [];
  });
}

function unsettled(compounds: CompoundRow[], now: string, memory: SeedingMemory | undefined): Inferred[] {
  const settled = settledSince(now, memory);
  return compounds
    .filter((compound) => !settled.has(rememberedAs(compound)))
    .map(({ kind, id, createdAt }) => ({
      reason:
        kind === 'feature'
          ? { kind: 'feature_settling', featureId: id }
          : { kind: 'segment_settling', segmentId: id },
      createdAt,
    }));
}

/** What is settled if it still is as remembered; a look too soon after the last one adds nothing to what that knew. */
const settledSince = (now: string, memory: SeedingMemory | undefined): Set<string> =>
  new Set(memory && [...memory.settled, ...(isEarlierLook(memory, now) ? memory.compounds : [])]);

function remember(compounds: CompoundRow[], now: string, memory: SeedingMemory | undefined): SeedingMemory {
  if (memory && !isEarlierLook(memory, now)) return memory;
  const settled = settledSince(now, memory);
  const remembered = compounds.slice(0, MAX_REMEMBERED_COMPOUNDS).map(rememberedAs);
  return {
    waitingSince: memory?.waitingSince ?? now,
    lookedAt: now,
    compounds: remembered,
    settled: remembered.filter((compound) => settled.has(compound)),
  };
}

const isEarlierLook = (memory: SeedingMemory, now: string) =>
  millisecondsBetween(memory.lookedAt, now) >= SETTLING_MS;

const rememberedAs = ({ kind, id, fingerprint }: CompoundRow) => `${kind} ${id} ${fingerprint.slice(0, 8)}`;

const millisecondsBetween = (from: string, to: string) => Date.parse(`${to}Z`) - Date.parse(`${from}Z`);
