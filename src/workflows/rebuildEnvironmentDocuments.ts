import { continueAsNew } from '@temporalio/workflow';
import { sweepActivities } from './activityProxies.js';
import { requireFlag, requireKnown, requirePositive, requireSelection } from './selection.js';
import { addCounts } from './counts.js';
import { beginSweep, pageSummary, sweepPages } from './sweep.js';
import {
  MAX_LISTED,
  type RebuildPageResult,
  type RebuildProgress,
  type RebuildSweepInput,
} from './sweepContract.js';
import { sweepDetails } from './sweepDetails.js';

/** A second or two of work: so long a pause may have to wait, and the turn of a page takes little of it. */
const PAGE_SIZE = 250;

const FIELDS: Record<keyof RebuildSweepInput, true> = {
  environmentIds: true,
  projectId: true,
  organisationId: true,
  all: true,
  writeUnitsPerSecond: true,
  force: true,
  dryRun: true,
  pageSize: true,
  carried: true,
};

/**
 * Writes the documents of many environments, page by page, and says what became of them. What is being seeded, or is
 * refused, is counted, shown and left to the environment's own sync. Pausable; cancelled, it keeps what was done.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field
 */
export async function rebuildEnvironmentDocuments(input: RebuildSweepInput): Promise<RebuildProgress> {
  requireKnown(input, FIELDS);
  const selection = requireSelection(input);
  const writeUnitsPerSecond = requirePositive(input, 'writeUnitsPerSecond');
  const pageSize = Math.ceil(requirePositive(input, 'pageSize') ?? PAGE_SIZE);
  const force = requireFlag(input, 'force');
  const dryRun = requireFlag(input, 'dryRun');
  const { countEnvironments, rebuildPage } = sweepActivities();
  return await sweepPages<RebuildProgress>({
    progress: input.carried ?? beginSweep(),
    count: () => countEnvironments.executeWithOptions({ summary: 'count' }, [selection]),
    next: async (progress) => {
      if (dryRun) return false;
      const page = await rebuildPage.executeWithOptions({ summary: pageSummary(progress) }, [
        {
          ...selection,
          afterId: progress.afterId,
          pageSize,
          ...(writeUnitsPerSecond !== undefined && { writeUnitsPerSecond }),
          ...(force && { force }),
        },
      ]);
      addPage(progress, page);
      return !page.isLast;
    },
    describe,
    carryOn: (carried) => continueAsNew<typeof rebuildEnvironmentDocuments>({ ...input, carried }),
  });
}

function addPage(progress: RebuildProgress, page: RebuildPageResult): void {
  progress.afterId = page.afterId;
  progress.done += page.done;
  progress.writeUnits += page.writeUnits;
  progress.attention = [...progress.attention, ...page.attention].slice(0, MAX_LISTED);
  progress.attentionCount += page.attentionCount;
  addCounts(progress.outcomes, page.outcomes);
}

const describe = (progress: RebuildProgress): string =>
  sweepDetails(progress, {
    heading: 'Left to their own syncs',
    lines: progress.attention.map(
      ({ environmentId, outcome, failure }) =>
        `environment ${environmentId}: ${failure ? `${failure.type}. ${failure.message}` : outcome}`,
    ),
    count: progress.attentionCount,
  });
