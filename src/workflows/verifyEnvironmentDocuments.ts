import { continueAsNew } from '@temporalio/workflow';
import type { EnvironmentVerification } from '../verify/verification.js';
import { seedMissingFeatureStates, sweepActivities } from './activityProxies.js';
import { addCounts } from './counts.js';
import { beginOrphans, hasSegmentsLeft, nextSegmentOf } from './orphanSegments.js';
import { requireFlag, requireKnown, requirePositive, requireSelection } from './selection.js';
import { beginSweep, pageSummary, sweepPages } from './sweep.js';
import type { OrphansProgress, VerifyOptions, VerifyProgress, VerifySweepInput } from './verifyContract.js';
import { addFindings, addVerification, noFindings } from './verifyCounts.js';
import { verifyDetails } from './verifyDetails.js';

const PAGE_SIZE = 100;

const FIELDS: Record<keyof VerifySweepInput, true> = {
  environmentIds: true,
  projectId: true,
  organisationId: true,
  all: true,
  repair: true,
  seedMissing: true,
  readUnitsPerSecond: true,
  writeUnitsPerSecond: true,
  pageSize: true,
  carried: true,
};

/**
 * Tells whether DynamoDB holds what PostgreSQL says of many environments, page by page, and with `all` whether it holds
 * items that no environment has a use for; mends what it finds where asked to. What is being seeded, or is refused, is
 * told and left to the environment's own sync. Pausable; cancelled, it keeps what was done.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field; `CreationDisabled` for `seedMissing` where no creations run
 */
export async function verifyEnvironmentDocuments(input: VerifySweepInput): Promise<VerifyProgress> {
  requireKnown(input, FIELDS);
  const selection = requireSelection(input);
  const options = requireOptions(input);
  const seedMissing = requireFlag(input, 'seedMissing');
  const pageSize = Math.ceil(requirePositive(input, 'pageSize') ?? PAGE_SIZE);
  const { countEnvironments, verifyPage, countOrphanSegments, verifyOrphanSegment } = sweepActivities();

  return await sweepPages<VerifyProgress>({
    progress: input.carried ?? { ...beginSweep(), ...noFindings(), repair: options.repair },
    async count() {
      // Where no creations run this fails, now and not after hours.
      if (seedMissing) await seedMissingFeatureStates({ environmentIds: [] });
      const { environmentIds } = selection;
      // Whoever asks by id hears of deleted ones, too.
      return environmentIds
        ? new Set(environmentIds).size
        : await countEnvironments.executeWithOptions({ summary: 'count' }, [selection]);
    },
    next: (progress) =>
      progress.orphans ? verifySegment(progress, progress.orphans) : verifyEnvironments(progress),
    describe: verifyDetails,
    carryOn: (carried) => continueAsNew<typeof verifyEnvironmentDocuments>({ ...input, carried }),
  });

  async function verifyEnvironments(progress: VerifyProgress): Promise<boolean> {
    const bounds = { afterId: progress.afterId, pageSize };
    const page = await verifyPage.executeWithOptions({ summary: pageSummary(progress) }, [
      { ...selection, ...options, ...bounds, handOutUnseeded: seedMissing },
    ]);
    const seeded = page.unseeded.length > 0 ? await seed(page.unseeded) : [];
    if (page.isLast && selection.all)
      progress.orphans = beginOrphans(
        await countOrphanSegments.executeWithOptions({ summary: 'orphans: count of segments' }, []),
      );
    progress.afterId = page.afterId;
    progress.done += page.done;
    addCounts(progress.outcomes, page.outcomes);
    addFindings(progress, page);
    for (const verification of seeded) addVerification(progress, verification);
    return !page.isLast || (progress.orphans !== undefined && hasSegmentsLeft(progress.orphans));
  }

  async function verifySegment(progress: VerifyProgress, orphans: OrphansProgress): Promise<boolean> {
    const next = nextSegmentOf(orphans);
    const summary = `orphans: ${next.table}, segment ${next.segment.index + 1} of ${next.segment.of}`;
    const found = await verifyOrphanSegment.executeWithOptions({ summary }, [{ ...options, ...next }]);
    orphans.segmentsDone++;
    orphans.scannedCount += found.scannedCount;
    orphans.othersCount += found.othersCount;
    addCounts(orphans.outcomes, found.outcomes);
    addFindings(progress, found);
    return hasSegmentsLeft(orphans);
  }
}

/** Makes the feature states that the environments never got; that asks for their syncs, which write them. */
async function seed(unseeded: EnvironmentVerification[]): Promise<EnvironmentVerification[]> {
  const { environments } = await seedMissingFeatureStates({
    environmentIds: unseeded.map(({ environmentId }) => environmentId),
  });
  const counts = new Map(
    environments.map(({ environmentId, featureStatesCount }) => [environmentId, featureStatesCount]),
  );
  return unseeded.map((verification) => ({
    ...verification,
    seededCount: counts.get(verification.environmentId) ?? 0,
  }));
}

function requireOptions(input: VerifySweepInput): VerifyOptions & { repair: boolean } {
  const readUnitsPerSecond = requirePositive(input, 'readUnitsPerSecond');
  const writeUnitsPerSecond = requirePositive(input, 'writeUnitsPerSecond');
  return {
    repair: requireFlag(input, 'repair'),
    ...(readUnitsPerSecond !== undefined && { readUnitsPerSecond }),
    ...(writeUnitsPerSecond !== undefined && { writeUnitsPerSecond }),
  };
}
