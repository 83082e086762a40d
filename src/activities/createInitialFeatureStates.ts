import { Context } from '@temporalio/activity';
import { nextChunk, seedChunk, type SeedingScope } from '../db/creation/featureStates.js';
import type { CreationDeps } from './deps.js';

export interface SeededFeatureStates {
  /** Made by this attempt; what an earlier one or a concurrent seeding made is not among them. */
  featureStatesCount: number;
}

/**
 * Gives each of the environment's or the feature's pairs its default feature state, chunk after chunk. Repeatable: a
 * second run makes what the first one did not get to, and nothing twice.
 */
export async function createInitialFeatureStates(
  { db, chunkSize }: CreationDeps,
  scope: SeedingScope,
): Promise<SeededFeatureStates> {
  const context = Context.current();
  let featureStatesCount = 0;
  let afterId = 0;
  for (;;) {
    context.cancellationSignal.throwIfAborted();
    const chunk = await nextChunk(db, scope, afterId, chunkSize);
    if (!chunk) return { featureStatesCount };
    featureStatesCount += await seedChunk(db, scope, chunk);
    afterId = chunk.upToId;
    context.heartbeat({ featureStatesCount });
  }
}
