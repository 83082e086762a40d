import { isDeepStrictEqual } from 'node:util';
import { insertSyncRequest } from '../db/syncRequests.js';
import { readDocument } from '../dynamo/readDocument.js';
import type { VerifyDeps } from './deps.js';
import { isAltered } from './itemDrift.js';
import type { Look } from './lookAtDrift.js';
import { repairItems } from './repair.js';
import { CURRENT, type PartVerdict } from './verdict.js';

/**
 * The verdict on the items of an environment, which are mended if asked to. A difference that a change on its way explains
 * is no drift: it is one only if the items stood still from before the snapshot that they differ from until after the last
 * moment at which a sync could have had that change in hand.
 *
 * @returns undefined where they did not stand still: another look is due
 */
export async function verifyItems(
  deps: VerifyDeps,
  look: Look,
  repair: boolean,
  signal: AbortSignal,
): Promise<PartVerdict | undefined> {
  const explained = explanationOf(look);
  if (explained) {
    // Its own sync waits for the seeding, or fails with the same, where whoever is on call looks for it.
    if (repair && explained.outcome !== 'on_its_way') await insertSyncRequest(deps.db, look.environment.id);
    return explained;
  }
  if (look.drift.length === 0) return CURRENT;
  if (await deps.isSyncRunning(look.environment.id)) return onItsWay('its sync is running');
  const storedNow = await readDocument(deps.dynamo, look.tables, look.environment, signal);
  if (!isDeepStrictEqual(storedNow, look.stored)) return undefined;

  const drifted: PartVerdict = {
    outcome: 'drifted',
    drift: look.drift,
    repaired: false,
    ...([look.stored.v1, look.stored.v2].some(isAltered) && { altered: true }),
  };
  if (!repair) return drifted;
  const { result, ...why } = await repairItems(deps, look);
  return result === 'repaired' ? { ...drifted, repaired: true } : { ...CURRENT, outcome: result, ...why };
}

function explanationOf({ refused, drift, held, onItsWay: change }: Look): PartVerdict | undefined {
  if (refused !== undefined) return { ...CURRENT, outcome: 'refused', reason: refused };
  if (drift.length === 0) return undefined;
  if (held !== undefined) return { ...CURRENT, outcome: 'held', reason: held };
  return change === undefined ? undefined : onItsWay(change);
}

export const onItsWay = (reason: string): PartVerdict => ({ ...CURRENT, outcome: 'on_its_way', reason });
