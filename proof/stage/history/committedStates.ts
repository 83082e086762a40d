import { expectedItems, isUnmappable } from '../../../test/properties/reference/expectedItems.js';
import { microseconds, type Branch } from '../../../test/properties/reference/tree.js';
import type { EnvironmentRow, Tables } from '../../../test/properties/tables.js';
import type { CommittedState } from '../../checker/history.js';
import { contentOf } from '../content.js';
import type { Commit } from './commits.js';
import {
  applyChange,
  copyOf,
  identityOf,
  MissingRowError,
  namedBy,
  noRows,
  type ProjectTables,
} from './projectTables.js';

/** Which of its two items: `v1` by API key, `v2` by the environment's id. */
export type ItemTable = 'v1' | 'v2';

/** A committed state with where it came from, for a trace. */
export interface TracedState extends CommittedState {
  /** UTC text, microseconds. */
  at: string;
  /** What made it; undefined where time alone did, by what went live. */
  commit: Commit | undefined;
  /** Null as the content is. */
  tree: Branch | null;
}

export interface StatesOptions {
  table: ItemTable;
  /** Up to which moment time may have made states: UTC text. */
  until: string;
  /**
   * Also states in which a commit is seen and one a moment before it is not. A transaction becomes visible after its commit was
   * written to the WAL; of two that overlap there, the later one may be the first to be seen.
   */
  withOverlaps: boolean;
}

/** How long a backend may at most be held up between writing its commit and showing it. */
export const OVERLAP_US = 250_000;

/**
 * All states of an environment, made of all commits of its organisation; what its documents ought to be is judged by the reference,
 * which shares nothing with the product.
 */
export function committedStates(
  commits: readonly Commit[],
  environmentId: number,
  { table, until, withOverlaps }: StatesOptions,
): TracedState[] {
  const states: TracedState[] = [nothingYet];
  const tables = noRows();
  const halfWay = new Set<string>();
  const add = (rows: ProjectTables, at: string, commit: Commit | undefined) => {
    const halfMade = halfWay.size > 0;
    states.push({ ...stateOf(rows, { environmentId, table, at }), commit, halfMade });
  };
  for (const [i, commit] of commits.entries()) {
    // Before the state in which both are seen: which of the two came first is known to nobody.
    if (withOverlaps)
      for (const seen of overlaps(commits, i, tables)) add(seen.tables, seen.last.committedAt, seen.last);

    for (const change of commit.changes) applyChange(tables, change);
    if (commit.said?.halfMade === 'begins') halfWay.add(commit.said.actor);
    if (commit.said?.halfMade === 'ends') halfWay.delete(commit.said.actor);
    add(tables, commit.committedAt, commit);
    const next = commits[i + 1]?.committedAt ?? until;
    for (const moment of goingLive(tables, environmentId, commit.committedAt, next))
      add(tables, moment, undefined);
  }
  return states;
}

const nothingYet: TracedState = {
  ...{ content: null, tree: null, key: null, flagged: false, halfMade: false },
  ...{ at: '', commit: undefined },
};

function stateOf(
  rows: ProjectTables,
  { environmentId, table, at }: { environmentId: number; table: ItemTable; at: string },
): Omit<TracedState, 'commit' | 'halfMade'> {
  const tables = rows as unknown as Tables;
  const environment = tables.environments_environment.find(({ id }) => id === environmentId);
  const expected = expectedItems(tables, environmentId, at);
  if (!environment || !expected) return { at, key: null, content: null, tree: null, flagged: false };
  const key = table === 'v1' ? environment.api_key : String(environmentId);
  const flagged = isFlagged(tables, environment);
  if (!expected.writes[table] || isUnmappable(expected.compressed))
    return { at, key, flagged, content: null, tree: null };
  const { text, tree } = contentOf(expected.compressed[table]);
  return { at, key, flagged, content: text, tree };
}

const isFlagged = (tables: Tables, environment: EnvironmentRow): boolean =>
  environment.is_creating ||
  (tables.features_feature as (Tables['features_feature'][number] & { is_creating?: boolean })[]).some(
    (feature) =>
      feature.project_id === environment.project_id && feature.deleted_at === null && feature.is_creating,
  );

/** When something of the environment goes live after one moment and up to another, in order. */
function goingLive(rows: ProjectTables, environmentId: number, after: string, until: string): string[] {
  const moments = [
    ...rows.features_featurestate,
    ...rows.feature_versioning_environmentfeatureversion,
  ].flatMap(({ environment_id, live_from }) =>
    environment_id === environmentId && typeof live_from === 'string' ? [live_from] : [],
  );
  const isBetween = (moment: string) =>
    microseconds(moment) > microseconds(after) && microseconds(moment) <= microseconds(until);
  return [...new Set(moments)].filter(isBetween).sort((a, b) => microseconds(a) - microseconds(b));
}

/** What could be seen while commit `i` was not yet: one, two and more of those that came right after it. */
function* overlaps(
  commits: readonly Commit[],
  i: number,
  before: ProjectTables,
): Generator<{ tables: ProjectTables; last: Commit }> {
  const [left, ...later] = commits.slice(i);
  if (!left) return;
  const tables = copyOf(before);
  const touched = new Set(left.changes.map(identityOf));
  for (const last of later) {
    if (microseconds(last.committedAt) - microseconds(left.committedAt) > OVERLAP_US) return;
    if (followsOn(last, left, touched)) return;
    try {
      for (const change of last.changes) applyChange(tables, change);
    } catch (error) {
      // It changed what the other one had made: so that was visible.
      if (error instanceof MissingRowError) return;
      throw error;
    }
    yield { tables: copyOf(tables), last };
  }
}

/** Of the same actor, about a row that the one before held locked, or naming one that it made. */
const followsOn = (later: Commit, earlier: Commit, touched: Set<string>): boolean =>
  (later.said !== undefined && later.said.actor === earlier.said?.actor) ||
  later.changes.some((change) => [identityOf(change), ...namedBy(change)].some((row) => touched.has(row)));
