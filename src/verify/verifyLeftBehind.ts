import { describePause } from '../workflows/pause.js';
import type { VerifyDeps } from './deps.js';
import { lookForLeftBehind } from './leftBehind.js';
import { repairLeftBehind } from './repair.js';
import { CURRENT, type PartVerdict } from './verdict.js';
import { onItsWay } from './verifyItems.js';

export interface LeftBehindInput {
  environmentId: number;
  /** Deletes what is found; otherwise nothing is written anywhere. */
  repair: boolean;
  /** Under which items of the environment were found. */
  foundKeys: string[];
  /** By a scan of which table: what was told of already, by the scan of v1 or the environment's own verification, is not again. */
  foundIn?: 'v1' | 'v2';
}

/** The verdict on what an environment left behind: orphans, unless a sync is about to delete them. */
export async function verifyLeftBehind(
  deps: VerifyDeps,
  { environmentId, repair, foundKeys, foundIn }: LeftBehindInput,
  signal: AbortSignal,
): Promise<PartVerdict> {
  const left = await lookForLeftBehind(deps, environmentId, foundKeys, signal);
  if (!left.usesDynamoDb) return { ...CURRENT, outcome: 'not_written' };
  if (left.items.v1 + left.items.v2 === 0 && !left.hasIdentities) return CURRENT;
  if (foundIn === 'v2' && left.items.v1 > 0) return CURRENT;
  if (foundIn !== undefined && left.isLive && left.unknownKeys.length === 0) return CURRENT;
  if (left.refused !== undefined) return { ...CURRENT, outcome: 'refused', reason: left.refused };
  if (left.pause) return { ...CURRENT, outcome: 'held', reason: describePause(left.pause) };
  if (left.isInOutbox) return onItsWay('a change waits in the outbox');
  if (await deps.isSyncRunning(environmentId)) return onItsWay('its sync is running');
  const orphaned: PartVerdict = { outcome: 'drifted', drift: ['orphaned'], repaired: false };
  if (!repair) return orphaned;
  const { result, ...why } = await repairLeftBehind(deps, environmentId, left, signal);
  return result === 'repaired' ? { ...orphaned, repaired: true } : { ...CURRENT, outcome: result, ...why };
}
