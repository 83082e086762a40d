import { continueAsNew } from '@temporalio/workflow';
import { sweepActivities } from './activityProxies.js';
import { requirePositive, requireSelection } from './selection.js';
import { sweepPages } from './sweep.js';
import type { RebuildSweepInput, SweepProgress } from './sweepContract.js';

const PAGE_SIZE = 100;

/**
 * Writes the documents of many environments, page by page, and says what became of them. What is being seeded, or is
 * refused, is counted, shown and left to the environment's own sync. Pausable; cancelled, it keeps what was done.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field
 */
export async function rebuildEnvironmentDocuments(input: RebuildSweepInput): Promise<SweepProgress> {
  const selection = requireSelection(input);
  const writeUnitsPerSecond = requirePositive(input, 'writeUnitsPerSecond');
  const { countEnvironments, rebuildPage } = sweepActivities();
  const pageSize = Math.ceil(requirePositive(input, 'pageSize') ?? PAGE_SIZE);
  return await sweepPages({
    carried: input.carried,
    count: () => countEnvironments(selection),
    page: (afterId) =>
      input.dryRun
        ? Promise.resolve(NOTHING)
        : rebuildPage({
            ...selection,
            afterId,
            pageSize,
            ...(writeUnitsPerSecond !== undefined && { writeUnitsPerSecond }),
            ...(input.force && { force: true }),
          }),
    carryOn: (carried) => continueAsNew<typeof rebuildEnvironmentDocuments>({ ...input, carried }),
  });
}

const NOTHING = {
  afterId: 0,
  isLast: true,
  done: 0,
  outcomes: {},
  attention: [],
  attentionCount: 0,
  writeUnits: 0,
};
