import { Context } from '@temporalio/activity';
import { attemptDeadline } from '../activities/deadline.js';
import { metered } from '../dynamo/metered.js';
import type { VerifyDeps } from '../verify/deps.js';
import { countDrift } from '../verify/verdict.js';
import { orphanPages, orphanSegments, verifyOrphan } from '../verify/verifyOrphans.js';
import type { OrphanSegmentInput, OrphanSegmentResult, TableSegments } from '../workflows/verifyContract.js';
import { addVerification, noFindings } from '../workflows/verifyCounts.js';
import { ChargePace } from './chargePace.js';
import { FailuresInARow } from './failuresInARow.js';
import { requireServers } from './requireServers.js';
import { resumable } from './resumable.js';

/** A few seconds of scanning: an attempt that follows a failed one begins the segment anew. */
const ITEMS_PER_SEGMENT = 5_000;

/** In how many segments to look through each table. */
export async function countOrphanSegments(deps: VerifyDeps): Promise<TableSegments> {
  const { signal } = attemptDeadline();
  const [v1, v2] = await Promise.all(
    (['v1', 'v2'] as const).map((table) => orphanSegments(deps, table, ITEMS_PER_SEGMENT, signal)),
  );
  return { v1: v1 ?? 0, v2: v2 ?? 0 };
}

/**
 * Looks through a segment of a table for items that no environment has a use for, and deletes them if asked to. A key, which
 * a page of a scan ends with, may not be told of: an attempt that follows a failed one begins the segment anew, and does
 * not count again what was told of. So an environment is counted in the metric once, with the exception that `verifyPage` has; an
 * environment with items in several segments once for each.
 */
export async function verifyOrphanSegment(
  deps: VerifyDeps,
  input: OrphanSegmentInput,
): Promise<OrphanSegmentResult> {
  const failures = new FailuresInARow();
  const { result } = await resumable(begin, async ({ result, told }, tell) => {
    Object.assign(result, { scannedCount: 0, othersCount: 0 });
    const pace = new ChargePace(result, input);
    const paged = { ...deps, dynamo: metered(deps.dynamo, result), heartbeat: tell };
    for await (const { orphans, scannedCount, othersCount } of orphanPages(paged, input)) {
      for (const orphan of orphans) {
        const verification = await verifyOrphan(paged, orphan, input);
        if (failures.areTooMany(verification.outcome === 'failed')) await requireServers(deps);
        const name = `${verification.environmentId} ${verification.outcome}`;
        if (verification.outcome === 'current' || told.includes(name)) continue;
        countDrift(deps.metrics, verification);
        addVerification(result, verification);
        told.push(name);
        tell();
      }
      result.scannedCount += scannedCount;
      result.othersCount += othersCount;
      tell();
      Context.current().cancellationSignal.throwIfAborted();
      await pace.settle();
    }
  });
  return result;
}

interface Told {
  result: OrphanSegmentResult;
  /** Environments that are counted already, with what became of them. */
  told: string[];
}

const begin = (): Told => ({ result: { ...noFindings(), scannedCount: 0, othersCount: 0 }, told: [] });
