import { attemptDeadline } from '../activities/deadline.js';
import { selectEnvironment } from '../db/environmentRows/environment.js';
import { mergingStatements } from '../db/mergedStatements.js';
import { inSnapshot } from '../db/snapshot.js';
import { tablesOf } from '../dynamo/putDocument.js';
import { readDocuments } from '../dynamo/readDocuments.js';
import type { VerifyDeps } from './deps.js';
import { compareInSnapshot, type Look } from './lookAtDrift.js';
import { CURRENT } from './verdict.js';
import type { EnvironmentVerification } from './verification.js';
import { verifyEnvironment } from './verifyEnvironment.js';
import { verifyPatiently } from './verifyPatiently.js';

/** As many as a transaction and a request to DynamoDB are shared by. */
export const ENVIRONMENTS_TOGETHER = 8;

/**
 * Verifies several environments: those that are as they ought to be in one look together, at a fraction of the price, and each of
 * the others as {@link verifyEnvironment} does. Called in an activity.
 *
 * @param environmentIds at most {@link ENVIRONMENTS_TOGETHER}
 */
export async function verifyEnvironments(
  deps: VerifyDeps,
  { environmentIds, repair }: { environmentIds: number[]; repair: boolean },
): Promise<EnvironmentVerification[]> {
  // Where that fails, one of them may be to blame: each by itself shows which.
  const current = await findCurrent(deps, environmentIds, attemptDeadline().signal).catch(() => NONE);
  const verifications: EnvironmentVerification[] = [];
  for (const environmentId of environmentIds) {
    const input = { environmentId, repair };
    verifications.push(
      current.has(environmentId)
        ? { environmentId, ...CURRENT }
        : await verifyPatiently(deps, input, (signal) => verifyEnvironment(deps, input, signal)),
    );
  }
  return verifications;
}

const NONE = new Set<number>();

async function findCurrent(
  deps: VerifyDeps,
  environmentIds: number[],
  signal: AbortSignal,
): Promise<Set<number>> {
  const found = await deps.db.transaction((tx) => {
    const merging = mergingStatements(tx);
    return Promise.all(environmentIds.map((environmentId) => selectEnvironment(merging, environmentId)));
  });
  const written = found
    .flat()
    .map(({ environment, project }) => ({ environment, tables: tablesOf(project, deps.tables) }))
    .filter(({ tables }) => tables.v1 !== undefined);
  const stored = await readDocuments(deps.dynamo, written, signal);
  signal.throwIfAborted();
  // Items first and the snapshot after them, as for a single one.
  const looks = await inSnapshot(deps.db, (tx, snapshot) => {
    const merging = mergingStatements(tx);
    return Promise.all(
      written.map((read, i) => {
        const items = stored[i] ?? { v1: undefined, v2: undefined };
        return compareInSnapshot(merging, deps, { ...read, stored: items }, snapshot);
      }),
    );
  });
  return new Set(looks.flatMap((look) => (isCurrent(look) ? [look.environment.id] : [])));
}

const isCurrent = (look: Look | 'changed'): look is Look =>
  look !== 'changed' &&
  look.refused === undefined &&
  look.drift.length + look.unseededIds.length === 0 &&
  !look.hadOtherKeys;
