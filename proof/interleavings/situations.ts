import type { Commit } from '../stage/history/commits.js';
import type { Judgement } from '../stage/judge.js';
import type { Doings } from './actors.js';

/** What interleavings came through, counted: what never happened proves nothing. */
export interface Situations extends Doings {
  environments: number;
  commits: number;
  /** States of environments that were committed while a seeding flag was up in them. */
  flaggedStates: number;
  /** States of environments while a creator without a flag was half-way. */
  halfMadeStates: number;
  /** Environments, and changes of their key. */
  deletions: number;
  rekeys: number;
  /** Of items, in both tables. */
  puts: number;
  deletes: number;
  /** Environments that only the other order of two overlapping commits explains. */
  overlapping: number;
  /** Environments whose last sync failed. */
  failedSyncs: number;
}

export function situationsIn(
  judgements: Judgement[],
  commits: readonly Commit[],
  doings: Doings,
  failed: Map<number, string>,
): Situations {
  const states = judgements.flatMap(({ evidence }) => evidence.v1.states);
  const observations = judgements.flatMap(({ evidence }) => [
    ...evidence.v1.observations,
    ...evidence.v2.observations,
  ]);
  const changesOfKey = judgements.map(({ evidence: { v1 } }) => {
    const keys = v1.states.map(({ key }) => key);
    return {
      deletions: keys.filter((key, i) => key === null && keys[i - 1] != null).length,
      rekeys: keys.filter((key, i) => key !== null && keys[i - 1] != null && key !== keys[i - 1]).length,
    };
  });
  return {
    ...doings,
    environments: judgements.length,
    commits: commits.length,
    flaggedStates: states.filter(({ flagged }) => flagged).length,
    halfMadeStates: states.filter(({ halfMade }) => halfMade).length,
    deletions: sum(changesOfKey.map(({ deletions }) => deletions)),
    rekeys: sum(changesOfKey.map(({ rekeys }) => rekeys)),
    puts: observations.filter(({ content }) => content !== null).length,
    deletes: observations.filter(({ content }) => content === null).length,
    overlapping: judgements.filter(({ overlapping }) => overlapping).length,
    failedSyncs: failed.size,
  };
}

export const sumSituations = (all: Situations[]): Partial<Situations> => {
  const total: Partial<Situations> = {};
  for (const situations of all)
    for (const [name, count] of Object.entries(situations) as [keyof Situations, number][])
      total[name] = (total[name] ?? 0) + count;
  return total;
};

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
