import { groupRows } from '../../../src/document/groupRows.js';
import { type Commit, followCommits } from './commits.js';
import { committedStates, type StatesOptions, type TracedState } from './committedStates.js';
import type { WalRow } from './pgoutput.js';
import { Owners } from './projectTables.js';

/** What PostgreSQL committed, state by state. */
export interface CommittedHistory {
  /** Takes in what was committed up to now. */
  catchUp(): Promise<void>;
  /** All states of an environment so far taken in, from before it was there. */
  statesOf(environmentId: number, options: Omit<StatesOptions, 'until'>): TracedState[];
  /** Every environment that was ever there, of an organisation. */
  environmentsOf(organisationId: number): number[];
  /** Every API key that it ever had. */
  keysOf(environmentId: number): string[];
  /** Every commit of an organisation, in the order of the WAL. */
  commitsOf(organisationId: number): readonly Commit[];
  /** Drops what was taken in of an organisation that nothing happens in any more. */
  forget(organisationId: number): void;
  close(): Promise<void>;
}

/** @param databaseUrl as {@link followCommits}; without a row so far */
export async function followHistory(databaseUrl: string): Promise<CommittedHistory> {
  const reader = await followCommits(databaseUrl);
  const owners = new Owners();
  const byOrganisation = new Map<number, Commit[]>();
  let reading: Promise<void> = Promise.resolve();

  function take(commit: Commit): void {
    for (const [organisation, own] of groupRows(commit.changes, (change) => owners.of(change))) {
      const commits = byOrganisation.get(organisation);
      const part = { ...commit, changes: own };
      if (commits) commits.push(part);
      else byOrganisation.set(organisation, [part]);
    }
  }

  const environmentRows = (organisationId: number): WalRow[] =>
    (byOrganisation.get(organisationId) ?? [])
      .flatMap(({ changes }) => changes)
      .filter(({ kind, table }) => kind !== 'delete' && table === 'environments_environment')
      .map(({ row }) => row);

  return {
    // One after the other: each takes what is there when its turn comes.
    catchUp() {
      const turn = reading.then(async () => {
        for (const commit of await reader.next()) take(commit);
      });
      reading = turn.catch(() => undefined);
      return turn;
    },
    statesOf(environmentId, options) {
      const organisation = owners.ofEnvironment(environmentId);
      const commits = (organisation === undefined ? undefined : byOrganisation.get(organisation)) ?? [];
      const until = `${new Date().toISOString().replace('Z', '')}000`;
      return committedStates(commits, environmentId, { ...options, until });
    },
    environmentsOf: (organisationId) => [
      ...new Set(environmentRows(organisationId).map(({ id }) => id as number)),
    ],
    keysOf(environmentId) {
      const organisation = owners.ofEnvironment(environmentId);
      const rows = organisation === undefined ? [] : environmentRows(organisation);
      return [
        ...new Set(rows.filter(({ id }) => id === environmentId).map(({ api_key: key }) => key as string)),
      ];
    },
    commitsOf: (organisationId) => byOrganisation.get(organisationId) ?? [],
    forget(organisationId) {
      byOrganisation.delete(organisationId);
      owners.forget(organisationId);
    },
    close: () => reader.close(),
  };
}
