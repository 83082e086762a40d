import { continueAsNew, isCancellation, workflowInfo } from '@temporalio/workflow';
import { DEFAULT_SEEDING_POLLS, type SyncInput } from './contract.js';
import { receiveChanges } from './pendingChanges.js';
import { showStatus } from './statusView.js';
import { writeOnceSeeded } from './writeOnceSeeded.js';

/** Writes the environment's document once nothing in it is seeding; again for changes that arrived meanwhile. */
export async function environmentDocumentSync(input: SyncInput): Promise<void> {
  const { environmentId, seedingPolls = DEFAULT_SEEDING_POLLS, showState = false, changedAt } = input;
  const changes = receiveChanges(changedAt);
  const status = showStatus({ asSearchAttribute: showState });

  while (changes.isDirty()) {
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof environmentDocumentSync>({ ...input, changedAt: changes.readBegins() });
    }
    try {
      await writeOnceSeeded({ environmentId, seedingPolls, changes, status });
    } catch (error) {
      // A run never fails with a change forgotten: what was signalled meanwhile gets a round of its own.
      if (isCancellation(error) || !changes.isDirty()) throw error;
    }
  }
}
