import { type EnvironmentVerification, isLeft } from '../verify/verification.js';
import { addCounts } from './counts.js';
import { MAX_LISTED } from './sweepContract.js';
import type { VerifyCounts } from './verifyContract.js';

export const noFindings = (): VerifyCounts => ({
  outcomes: {},
  drift: {},
  attention: [],
  attentionCount: 0,
  repaired: [],
  repairedCount: 0,
  seededCount: 0,
  readUnits: 0,
  writeUnits: 0,
});

/** Counts one environment, and lists it where it is, or was, not as it ought to be. */
export function addVerification(counts: VerifyCounts, verification: EnvironmentVerification): void {
  const { outcome, drift, seededCount = 0 } = verification;
  counts.seededCount += seededCount;
  addCounts(counts.outcomes, { [outcome]: 1 });
  addCounts(counts.drift, Object.fromEntries(drift.map((kind) => [kind, 1])));
  if (isLeft(verification)) {
    counts.attentionCount++;
    if (counts.attention.length < MAX_LISTED) counts.attention.push(verification);
  } else if (drift.length > 0) {
    counts.repairedCount++;
    if (counts.repaired.length < MAX_LISTED) counts.repaired.push(verification);
  }
}

/** Adds what was found elsewhere; `outcomes` are for the caller to add where they belong. */
export function addFindings(counts: VerifyCounts, more: VerifyCounts): void {
  addCounts(counts.drift, more.drift);
  counts.attention = [...counts.attention, ...more.attention].slice(0, MAX_LISTED);
  counts.attentionCount += more.attentionCount;
  counts.repaired = [...counts.repaired, ...more.repaired].slice(0, MAX_LISTED);
  counts.repairedCount += more.repairedCount;
  counts.seededCount += more.seededCount;
  counts.readUnits += more.readUnits;
  counts.writeUnits += more.writeUnits;
}
