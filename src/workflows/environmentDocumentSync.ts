import { ContinueAsNew, continueAsNew, isCancellation, workflowInfo } from '@temporalio/workflow';
import { DEFAULT_SEEDING_POLLS, type SyncInput } from './contract.js';
import { receiveChanges } from './pendingChanges.js';
import { showStatus } from './statusView.js';
import { type SettledOutcome, writeOnceSeeded } from './writeOnceSeeded.js';

/**
 * Writes the environment's document once nothing in it is seeding; again for changes that arrived meanwhile.
 *
 * @returns what became of the last write, for whoever looks at the finished workflow
 * @throws {ApplicationFailure} `SeedingTimedOut`, or as `writeDocument`; never with a change forgotten
 */
export async function environmentDocumentSync(input: SyncInput): Promise<SettledOutcome | undefined> {
  const { environmentId, seedingPolls = DEFAULT_SEEDING_POLLS, showState = false, changedAt } = input;
  const changes = receiveChanges(changedAt);
  const status = showStatus({ asSearchAttribute: showState });

  // Before each look, not only each round: a long wait for seeding fills the history too.
  const beforeLook = async () => {
    if (!workflowInfo().continueAsNewSuggested) return;
    await continueAsNew<typeof environmentDocumentSync>({ ...input, changedAt: changes.readBegins() });
  };

  let outcome: SettledOutcome | undefined;
  while (changes.isDirty()) {
    try {
      outcome = await writeOnceSeeded({ environmentId, seedingPolls, changes, status, beforeLook });
    } catch (error) {
      if (error instanceof ContinueAsNew || isCancellation(error)) throw error;
      // A run never fails with a change forgotten: what was signalled meanwhile gets a round of its own.
      if (!changes.isDirty()) throw error;
    }
  }
  return outcome;
}
