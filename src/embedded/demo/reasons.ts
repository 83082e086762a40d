import type { SeedingReason } from '../../workflows/contract.js';

/** In the order in which they are told. */
const WORDS: Record<SeedingReason['kind'], (count: number) => string> = {
  environment_is_creating: () => 'is_creating is up',
  feature_is_creating: () => 'is_creating of the feature is up',
  feature_state_missing: (count) => `${count} feature state${count === 1 ? '' : 's'} missing`,
  feature_state_value_missing: (count) => `${count} without a value`,
  multivariate_values_missing: (count) => `${count} without all variants`,
  feature_settling: (count) => `${count} multivariate feature${count === 1 ? '' : 's'} still changing`,
  segment_settling: (count) => `${count} segment${count === 1 ? '' : 's'} still changing`,
};

/** What a sync waits for, kind by kind: shorter than the list in the web UI. */
export function summariseReasons(reasons: SeedingReason[]): string {
  return Object.entries(WORDS)
    .map(([kind, words]) => ({ words, count: reasons.filter((reason) => reason.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ words, count }) => words(count))
    .join(', ');
}
