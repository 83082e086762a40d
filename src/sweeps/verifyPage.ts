import { Context } from '@temporalio/activity';
import { selectEnvironments } from '../db/environmentSelection.js';
import { metered } from '../dynamo/metered.js';
import { countDrift } from '../verify/verdict.js';
import { ENVIRONMENTS_TOGETHER, verifyEnvironments } from '../verify/verifyEnvironments.js';
import type { VerifyPageInput, VerifyPageResult } from '../workflows/verifyContract.js';
import { addVerification, noFindings } from '../workflows/verifyCounts.js';
import { ChargePace } from './chargePace.js';
import type { SweepDeps } from './deps.js';
import { FailuresInARow } from './failuresInARow.js';
import { inOrder } from './inOrder.js';
import { ENVIRONMENTS_AT_A_TIME } from './rebuildPage.js';
import { requireServers } from './requireServers.js';
import { resumable } from './resumable.js';

/**
 * Verifies a page of environments, in the order of their ids. An attempt that follows a failed one goes on behind the
 * environments that were told of; where one environment after the other fails and the servers do, too, the attempt fails.
 *
 * Drift is counted in the metric as it is told of, once for each environment and kind. Where a worker dies, what it found in
 * its last seconds was not told of: what it had repaired of that is not found again, and what it had not may have been counted
 * by it, too.
 */
export async function verifyPage(deps: SweepDeps, input: VerifyPageInput): Promise<VerifyPageResult> {
  const page = await environmentsOf(deps, input);
  const failures = new FailuresInARow();
  const result = await resumable(
    () => begin(input),
    async (result, tell) => {
      const pace = new ChargePace(result, input);
      const changesGoFirst = deps.changesInHand?.goingFirst();
      const paged = { ...deps, dynamo: metered(deps.dynamo, result), heartbeat: tell };
      const left = page.filter((id) => id > result.afterId);
      const verify = (environmentIds: number[]) =>
        verifyEnvironments(paged, { environmentIds, repair: input.repair ?? false });
      for await (const verifications of inOrder(grouped(left), ENVIRONMENTS_AT_A_TIME, verify)) {
        if (failures.areTooMany(...verifications.map(({ outcome }) => outcome === 'failed')))
          await requireServers(deps);
        for (const verification of verifications) {
          countDrift(deps.metrics, verification);
          result.afterId = verification.environmentId;
          result.done++;
          if (input.handOutUnseeded && verification.unseeded) result.unseeded.push(verification);
          else addVerification(result, verification);
        }
        tell();
        Context.current().cancellationSignal.throwIfAborted();
        await pace.settle();
        await changesGoFirst?.();
      }
    },
  );
  return { ...result, isLast: page.length < input.pageSize };
}

/** Of those asked for by id also the deleted ones, and those that PostgreSQL has no trace of: there may be items of them. */
async function environmentsOf({ db }: SweepDeps, input: VerifyPageInput): Promise<number[]> {
  const { environmentIds, afterId, pageSize } = input;
  if (!environmentIds) return await selectEnvironments(db, input, { afterId, limit: pageSize });
  return [...new Set(environmentIds)]
    .filter((id) => id > afterId)
    .sort((a, b) => a - b)
    .slice(0, pageSize);
}

const begin = ({ afterId }: VerifyPageInput): VerifyPageResult => ({
  ...noFindings(),
  afterId,
  isLast: false,
  done: 0,
  unseeded: [],
});

const grouped = (ids: number[]): number[][] =>
  Array.from({ length: Math.ceil(ids.length / ENVIRONMENTS_TOGETHER) }, (_, i) =>
    ids.slice(i * ENVIRONMENTS_TOGETHER, (i + 1) * ENVIRONMENTS_TOGETHER),
  );
