import { Context } from '@temporalio/activity';
import { severalTimes } from '../activities/severalTimes.js';
import { failureTypeOf } from '../activities/writeFailures.js';
import { insertSyncRequest } from '../db/syncRequests.js';
import type { VerifyDeps } from './deps.js';
import { CURRENT } from './verdict.js';
import type { EnvironmentVerification } from './verification.js';
import type { VerifyInput } from './verifyEnvironment.js';

/** Long enough to delete a large partition of a deleted environment. */
const WITHIN_MS = 60_000;

/** Tries again where verifying fails. One that keeps failing is told of and, with `repair`, left to the environment's sync. */
export async function verifyPatiently(
  { db }: VerifyDeps,
  { environmentId, repair }: VerifyInput,
  verify: (signal: AbortSignal) => Promise<EnvironmentVerification>,
): Promise<EnvironmentVerification> {
  const { cancellationSignal } = Context.current();
  try {
    return await severalTimes(() =>
      verify(AbortSignal.any([cancellationSignal, AbortSignal.timeout(WITHIN_MS)])),
    );
  } catch (error) {
    cancellationSignal.throwIfAborted();
    if (repair) await insertSyncRequest(db, environmentId);
    const { message } = error as Error;
    return {
      environmentId,
      ...CURRENT,
      outcome: 'failed',
      reason: `${failureTypeOf(error as Error)}: ${message}`,
    };
  }
}
