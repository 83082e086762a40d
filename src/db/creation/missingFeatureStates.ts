import type { Database, DatabaseSession } from '../connect.js';
import { insertSyncRequest } from '../syncRequests.js';
import { seedChunk } from './featureStates.js';
import { hasDefault, pairs } from './pairs.js';

export interface MissingFeatureStates {
  /** Younger pairs, in milliseconds, are left to their creator: it may be at work. */
  olderThanMs: number;
  /** Pairs at a time. */
  chunkSize: number;
}

/** What one transaction made. */
export interface SeededChunk {
  featureStatesCount: number;
  /** Where the next one begins. */
  upToFeatureId: number;
}

/**
 * Makes the defaults of the next pairs of the environment that have none though nobody is creating either side: what
 * remains where an environment and a feature were created at the same moment and neither saw the other.
 *
 * In a short transaction, unlike a creation: no flag holds the document back, so that each commit has to leave whole
 * feature states. The request for a sync is part of it, as nothing else may tell of them.
 *
 * @returns undefined where no pair lacks one
 */
export const seedMissingChunk = (
  db: Database,
  environmentId: number,
  afterFeatureId: number,
  options: MissingFeatureStates,
): Promise<SeededChunk | undefined> =>
  db.transaction(async (tx) => {
    const scope = { environmentId };
    const ids = await readFeaturesWithoutDefault(tx, environmentId, afterFeatureId, options);
    const upToFeatureId = ids.at(-1);
    if (upToFeatureId === undefined) return undefined;
    const featureStatesCount = await seedChunk(tx, scope, { ids });
    if (featureStatesCount > 0) await insertSyncRequest(tx, environmentId);
    return { featureStatesCount, upToFeatureId };
  });

async function readFeaturesWithoutDefault(
  tx: DatabaseSession,
  environmentId: number,
  afterFeatureId: number,
  { olderThanMs, chunkSize }: MissingFeatureStates,
): Promise<number[]> {
  const features = await tx<{ id: number }[]>`
    SELECT feature.id
    FROM ${pairs(tx, { environmentId })}
    WHERE project.deleted_at IS NULL AND NOT environment.is_creating AND NOT feature.is_creating
      AND greatest(environment.created_date, feature.created_date)
        <= now() - ${olderThanMs}::double precision * interval '1 millisecond'
      AND feature.id > ${afterFeatureId} AND NOT ${hasDefault(tx)}
    ORDER BY feature.id LIMIT ${chunkSize}`;
  return features.map(({ id }) => id);
}
