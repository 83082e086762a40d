/** What a run showed that must not be, counted by kind. */
export interface Findings {
  /** Documents that equal only states in which a seeding flag was up. */
  partial: number;
  /** Documents of an earlier state than the one readable before them. */
  stale: number;
  /** Final states that were never readable, or no longer are; deletions that never arrived. */
  lost: number;
  /** Documents readable again in the end, after they had been deleted. */
  resurrected: number;
  /** Documents that equal no committed state. */
  unknown: number;
  /** Documents that equal only states in which a creator without a flag was half-way: seen, and no fault. */
  partialUnflagged: number;
  /** Documents whose order is below the one readable before them. */
  orderFell: number;
  /** One sentence for each. */
  details: string[];
}

export type FindingKind = Exclude<keyof Findings, 'details'>;

/** The kinds that break a promise. */
export const FAULTS = [
  'partial',
  'stale',
  'lost',
  'resurrected',
  'unknown',
  'orderFell',
] as const satisfies FindingKind[];

export const noFindings = (): Findings => ({
  partial: 0,
  stale: 0,
  lost: 0,
  resurrected: 0,
  unknown: 0,
  partialUnflagged: 0,
  orderFell: 0,
  details: [],
});

/** Whether no promise was broken. */
export const isClean = (findings: Findings): boolean => FAULTS.every((kind) => findings[kind] === 0);

/** The findings of several environments, or runs, in one. */
export function sumFindings(all: Iterable<Findings>): Findings {
  const sum = noFindings();
  for (const findings of all) {
    for (const kind of [...FAULTS, 'partialUnflagged'] as const) sum[kind] += findings[kind];
    sum.details.push(...findings.details);
  }
  return sum;
}
