import type { VerifyDeps } from './deps.js';
import { type Look, lookAtDrift } from './lookAtDrift.js';
import { combine, CURRENT, type PartVerdict } from './verdict.js';
import type { EnvironmentVerification } from './verification.js';
import { onItsWay, verifyItems } from './verifyItems.js';
import { verifyLeftBehind } from './verifyLeftBehind.js';

export interface VerifyInput {
  environmentId: number;
  /** Mends what is found; otherwise nothing is written anywhere. */
  repair: boolean;
}

/** An environment that changes at each look is left to the next verification. */
const MAX_LOOKS = 3;
/** Features that a verdict names, as it goes into histories. */
const MAX_FEATURES = 20;

/**
 * Tells whether DynamoDB holds what PostgreSQL says of one environment, deleted ones included, and mends it if asked to
 * as a sync would. Called in an activity.
 */
export async function verifyEnvironment(
  deps: VerifyDeps,
  input: VerifyInput,
  signal: AbortSignal,
): Promise<EnvironmentVerification> {
  const { environmentId, repair } = input;
  const leftBehind = () => verifyLeftBehind(deps, { environmentId, repair, foundKeys: [] }, signal);
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    signal.throwIfAborted();
    const look = await lookAtDrift(deps, environmentId, signal);
    if (look === 'deleted') return { environmentId, ...ofDeleted(await leftBehind()) };
    if (look === 'not_written') return { environmentId, ...CURRENT, outcome: 'not_written' };
    if (look === 'changed') continue;
    const items = await verifyItems(deps, look, repair, signal);
    if (!items) continue;
    const parts = [items, unseededOf(look), ...(look.hadOtherKeys ? [await leftBehind()] : [])];
    return { environmentId, ...combine(parts), ...unseededFeatures(look) };
  }
  return { environmentId, ...onItsWay('it changed at each look') };
}

const ofDeleted = (left: PartVerdict): PartVerdict =>
  left.outcome === 'current' ? { ...left, outcome: 'deleted' } : left;

const unseededOf = ({ unseededIds }: Look): PartVerdict =>
  unseededIds.length > 0 ? { outcome: 'drifted', drift: ['unseeded'], repaired: false } : CURRENT;

const unseededFeatures = ({ unseededIds }: Look): Pick<EnvironmentVerification, 'unseeded'> =>
  unseededIds.length > 0
    ? { unseeded: { featureIds: unseededIds.slice(0, MAX_FEATURES), count: unseededIds.length } }
    : {};
