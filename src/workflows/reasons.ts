import type { SeedingReason } from './contract.js';

/** One reason in words that a person on call can act on. */
export function describeReason(reason: SeedingReason): string {
  switch (reason.kind) {
    case 'environment_is_creating':
      return 'the environment is being seeded (is_creating is up)';
    case 'feature_is_creating':
      return `feature ${reason.featureId} is being seeded (is_creating is up)`;
    case 'feature_state_missing':
      return `feature ${reason.featureId} has no live feature state here yet`;
    case 'feature_state_value_missing':
      return `feature ${reason.featureId} has a feature state without its value`;
    case 'multivariate_values_missing':
      return `feature ${reason.featureId} lacks multivariate values`;
    case 'feature_settling':
      return `feature ${reason.featureId} is new, its options may still be arriving`;
    case 'segment_settling':
      return `segment ${reason.segmentId} is new, its rules may still be arriving`;
  }
}

/** All reasons in one sentence, saying how many more there are. */
export function describeReasons(reasons: SeedingReason[], count: number): string {
  const more = count > reasons.length ? ` and ${count - reasons.length} more` : '';
  return reasons.map(describeReason).join('; ') + more;
}

/** What completes a seeding whose creator died, for the first few of the flags that are up. */
export function finishSeedingCommands(environmentId: number, reasons: SeedingReason[]): string {
  const flagged = reasons.flatMap((reason) => {
    if (reason.kind === 'environment_is_creating') return [`environment ${environmentId}`];
    return reason.kind === 'feature_is_creating' ? [`feature ${reason.featureId}`] : [];
  });
  return flagged
    .slice(0, 3)
    .map((what) => `\`envsync finish-seeding ${what}\``)
    .join(', ');
}
