import type { SeedingState } from '../db/creation/unfinishedSeeding.js';
import type { FinishSeedingInput } from '../workflows/creationContract.js';

/** Temporal lists a creation workflow a moment after its start: until then nobody can be said to have died. */
const YOUNG_SECONDS = 10;

/** Why the seeding of the environment or feature must not be completed by hand, undefined where it may. */
export function whyNotToFinish(
  target: FinishSeedingInput,
  state: SeedingState | undefined,
): string | undefined {
  const subject = describeTarget(target);
  if (!state) return `there is no ${subject}, or it was deleted`;
  if (!state.isCreating) return `${subject} is not being seeded: its is_creating is not set`;
  if (state.ageSeconds < YOUNG_SECONDS)
    return `${subject} is being created at this moment; look again in ${YOUNG_SECONDS} seconds`;
  return undefined;
}

export const describeTarget = (target: FinishSeedingInput): string =>
  'environmentId' in target ? `environment ${target.environmentId}` : `feature ${target.featureId}`;
