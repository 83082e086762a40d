import type { VerifyDeps } from '../verify/deps.js';
import type { ChangesInHand } from './changesInHand.js';

/** What the pages of sweeps work with. */
export interface SweepDeps extends VerifyDeps {
  /** Of the same worker; undefined where changes of the day are not its work. */
  changesInHand?: ChangesInHand;
}
