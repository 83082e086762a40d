import type { SweepProgress } from './sweepContract.js';

export interface DetailsList {
  heading: string;
  lines: string[];
  /** Of all that there are: only the first of them have lines. */
  count: number;
}

/** What the page of a sweep's workflow says, in Markdown. */
export const sweepDetails = (
  { state, done, total, outcomes }: SweepProgress,
  ...lists: DetailsList[]
): string =>
  [
    `**${state}**: ${done} of ${total} environments`,
    '',
    ...listOf(countTexts(outcomes)),
    ...lists.flatMap(detailsOf),
  ].join('\n');

/** As `written: 12`. */
export const countTexts = (counts: Partial<Record<string, number>>): string[] =>
  Object.entries(counts).map(([name, count]) => `${name.replaceAll('_', ' ')}: ${count}`);

function detailsOf({ heading, lines, count }: DetailsList): string[] {
  if (lines.length === 0) return [];
  const left = count - lines.length;
  return ['', `${heading}:`, '', ...listOf(lines), ...(left > 0 ? [`- and ${left} more`] : [])];
}

const listOf = (lines: string[]) => lines.map((line) => `- ${line}`);
