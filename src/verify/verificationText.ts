import { type EnvironmentVerification, isInItems } from './verification.js';

/** How an environment was found not to be as it ought to; empty where nothing was. */
export function foundText({ drift, altered, unseeded }: EnvironmentVerification): string {
  const kinds = drift.map((kind) =>
    kind === 'unseeded' && unseeded ? `${unseeded.count} feature states missing` : kind,
  );
  return `${kinds.join(', ')}${altered ? ' (changed after it was written)' : ''}`;
}

/** What became of that, or why nothing did. */
export function resultText(verification: EnvironmentVerification): string {
  const { outcome, drift, repaired, reason } = verification;
  const parts = [
    ...(outcome === 'current' || outcome === 'drifted' ? [] : [outcome.replaceAll('_', ' ')]),
    ...(reason === undefined ? [] : [reason]),
    ...(isInItems(drift) ? [repaired ? 'repaired' : 'not repaired'] : []),
    ...seedingTexts(verification),
  ];
  return parts.join('; ');
}

function seedingTexts({ unseeded, seededCount }: EnvironmentVerification): string[] {
  if (!unseeded) return [];
  const { featureIds, count } = unseeded;
  const features = `${featureIds.join(', ')}${count > featureIds.length ? ` and ${count - featureIds.length} more` : ''}`;
  if (seededCount === undefined) return [`of features ${features}`];
  return [
    `${seededCount} made${seededCount < count ? `, the others, of ${features}, could not be` : '; its sync writes them'}`,
  ];
}
