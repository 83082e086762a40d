import { shortened, textTable } from '../../textTable.js';
import type { EnvironmentVerification } from '../../verify/verification.js';
import { foundText, resultText } from '../../verify/verificationText.js';
import type { VerifyProgress, VerifySweepInput } from '../../workflows/verifyContract.js';
import { countsText } from '../sweep/countsText.js';

/** What a verification found, environment by environment, and what became of it or is to be done about it. */
export function describeFindings(progress: VerifyProgress, input: VerifySweepInput): string {
  const { done, outcomes, drift, attention, attentionCount, repaired, repairedCount } = progress;
  const listed = [...attention, ...repaired];
  const more = attentionCount + repairedCount - listed.length;
  return [
    `${done} environments: ${countsText(outcomes) || 'nothing to do'}.`,
    ...orphansLines(progress),
    ...(listed.length === 0 ? [] : [`Found: ${countsText(drift) || 'no drift'}.`, '', tableOf(listed)]),
    ...(more > 0 ? [`and ${more} more; the metrics and the syncs' pages have all`] : []),
    ...remedies(progress, input),
  ].join('\n');
}

function orphansLines({ orphans }: VerifyProgress): string[] {
  if (!orphans) return [];
  const { scannedCount, othersCount, outcomes } = orphans;
  const found = countsText(outcomes);
  return [
    `${scannedCount} items looked at for environments that are not there any more: ${found === '' ? 'none' : found}.`,
    ...(othersCount > 0 ? [`${othersCount} items are another installation's, and were left alone.`] : []),
  ];
}

const tableOf = (listed: EnvironmentVerification[]): string =>
  textTable([
    ['ENVIRONMENT', 'FOUND', 'RESULT'],
    ...listed.map((verification) => [
      String(verification.environmentId),
      foundText(verification) || '-',
      shortened(resultText(verification)),
    ]),
  ]);

function remedies({ attention, repair }: VerifyProgress, input: VerifySweepInput): string[] {
  const lines = [
    ...(input.repair && !repair
      ? ['One that only looks was under way already, and was followed: run this again to repair.']
      : []),
    ...(!repair && attention.some(({ outcome, drift }) => outcome === 'drifted' && drift.length > 0)
      ? ['Nothing was written; --repair mends what differs.']
      : []),
    ...(!input.seedMissing && attention.some(({ unseeded }) => unseeded)
      ? ['--seed-missing makes the feature states that are missing.']
      : []),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}
