import { requestSync } from './activityProxies.js';
import { DEFAULT_SEEDING_POLLS, type SeedingPolls, type SettledOutcome } from './contract.js';
import { leavesItems } from './deleteOnceMore.js';
import { receiveChanges } from './pendingChanges.js';
import { requireId } from './requireId.js';
import { requireFlag, requireKnown } from './selection.js';
import { scheduledIn } from './scheduledChange.js';
import { showStatus } from './statusView.js';
import { writeOnceSeeded } from './writeOnceSeeded.js';

export interface RebuildInput {
  /** `environments_environment.id`. */
  environmentId: number;
  seedingPolls?: SeedingPolls;
  /** Also overwrites an item of a moment that PostgreSQL has not reached, or of another database. */
  force?: boolean;
}

const FIELDS: Record<keyof RebuildInput, true> = { environmentId: true, seedingPolls: true, force: true };

/**
 * Writes one environment's document now, for whoever asks by hand, and says what became of it. Waits for seeding as a
 * sync does; a sync of the same environment may run beside it, and neither replaces the other's newer document.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field, `SeedingTimedOut` as a sync.
 */
export async function rebuildEnvironmentDocument(input: RebuildInput): Promise<SettledOutcome> {
  const environmentId = requireId(input, 'environmentId');
  requireKnown(input, FIELDS);
  const force = requireFlag(input, 'force');
  const outcome = await writeOnceSeeded({
    environmentId,
    seedingPolls: input.seedingPolls ?? DEFAULT_SEEDING_POLLS,
    changes: receiveChanges(undefined),
    force,
    evenIfPaused: true,
    status: showStatus({ asSearchAttribute: false }),
  });
  // A rebuild ends; the environment's sync is the one that waits, and that deletes.
  if (scheduledIn(outcome) || leavesItems(outcome)) await requestSync({ environmentId });
  return outcome;
}
