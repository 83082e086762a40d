import type { SeedingReason } from '../../workflows/contract.js';

const WORDS: Record<SeedingReason['kind'], (count: number) => string> = {
  environment_is_creating: () => 'its is_creating is up',
  feature_is_creating: () => "the feature's is_creating is up",
  feature_state_missing: (count) => `${count} feature state${count === 1 ? '' : 's'} missing`,
  feature_state_value_missing: (count) => `${count} without a value`,
  multivariate_values_missing: (count) => `${count} without all variants`,
  feature_settling: (count) => `${count} multivariate feature${count === 1 ? '' : 's'} still changing`,
  segment_settling: (count) => `${count} segment${count === 1 ? '' : 's'} still changing`,
};

/** What a sync waits for, kind by kind: shorter than the list in the web UI. */
export function summariseReasons(reasons: SeedingReason[]): string {
  const kinds = [...new Set(reasons.map(({ kind }) => kind))];
  return kinds.map((kind) => WORDS[kind](reasons.filter((reason) => reason.kind === kind).length)).join(', ');
}
