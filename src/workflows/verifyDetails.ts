import { foundText, resultText } from '../verify/verificationText.js';
import type { EnvironmentVerification } from '../verify/verification.js';
import { countTexts, type DetailsList, sweepDetails } from './sweepDetails.js';
import type { VerifyProgress } from './verifyContract.js';

/** What the page of a verification says, in Markdown. */
export function verifyDetails(progress: VerifyProgress): string {
  const { repair, drift, attention, attentionCount, repaired, repairedCount } = progress;
  const found = countTexts(drift);
  return sweepDetails(
    progress,
    {
      heading: `Differences found, ${repair ? 'and repaired where that can be' : 'and nothing is written'}`,
      lines: found,
      count: found.length,
    },
    { heading: 'Left', lines: attention.map(toLine), count: attentionCount },
    { heading: 'Repaired', lines: repaired.map(toLine), count: repairedCount },
    orphansList(progress),
  );
}

const toLine = (verification: EnvironmentVerification) =>
  `environment ${verification.environmentId}: ${[foundText(verification), resultText(verification)].filter((text) => text !== '').join('; ')}`;

function orphansList({ orphans }: VerifyProgress): DetailsList {
  if (!orphans) return { heading: '', lines: [], count: 0 };
  const { segments, segmentsDone, scannedCount, othersCount } = orphans;
  const lines = [
    `segments of the tables: ${segmentsDone} of ${segments.v1 + segments.v2}`,
    `items looked at: ${scannedCount}`,
    ...(othersCount > 0 ? [`of another installation, and left alone: ${othersCount}`] : []),
    ...countTexts(orphans.outcomes),
  ];
  return { heading: 'Items that no environment has a use for', lines, count: lines.length };
}
