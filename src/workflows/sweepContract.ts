import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { SeedingReason } from './contract.js';

/** What sweeps over many environments share with the command line and scripts: ids and counts, as all of it ends up in histories. */

/** Begins no further page until it is resumed; what is under way is finished. */
export const pauseSweep = defineSignal('pause');
/** Goes on where it was paused. */
export const resumeSweep = defineSignal('resume');
/** How far it has come: of a rebuild a `RebuildProgress`, of a verification a `VerifyProgress`. */
export const sweepProgress = defineQuery<SweepProgress>('progress');

/** Which environments: exactly one of these is given. Deleted ones are left out. */
export interface Selection {
  environmentIds?: number[];
  projectId?: number;
  organisationId?: number;
  all?: boolean;
}

/** How far a sweep of any kind has come. */
export interface SweepProgress {
  state: 'counting' | 'running' | 'paused' | 'cancelled' | 'done';
  /** Environments there were at the beginning. */
  total: number;
  done: number;
  outcomes: Partial<Record<string, number>>;
  /** The first of those that somebody has to look at. */
  attention: { environmentId: number }[];
  attentionCount: number;
  /** The last environment of the last finished page: the next page begins behind it. */
  afterId: number;
  writeUnits: number;
  /** UTC, ISO 8601. */
  startedAt: string;
}

/** What became of a page; `isLast` where there is none behind it. */
export type PageResult<P extends SweepProgress> = Omit<P, 'state' | 'total' | 'startedAt'> & {
  isLast: boolean;
};

/** Which part of the selected environments a page is. */
export interface PageBounds {
  /** The page begins behind this environment. */
  afterId: number;
  pageSize: number;
}

/** As many as a list in a progress holds; more are counted. */
export const MAX_LISTED = 50;

export interface RebuildSweepInput extends Selection {
  /** The most that is written a second, in write units as DynamoDB charges them: both tables and their indexes. */
  writeUnitsPerSecond?: number;
  /** Also overwrites items of a moment that PostgreSQL has not reached, or of another database. */
  force?: boolean;
  /** Counts only. */
  dryRun?: boolean;
  /** How many environments a page has. */
  pageSize?: number;
  /** Carried from run to run of a long sweep. */
  carried?: RebuildProgress;
}

/** What became of one environment. */
export type RebuildOutcome =
  | 'written'
  | 'superseded'
  | 'not_written'
  | 'deleted'
  | 'seeding'
  /** For good: its sync fails with the same. */
  | 'refused'
  /** Several times in a row: its sync tries on. */
  | 'failed';

export interface RebuildProgress extends SweepProgress {
  outcomes: Partial<Record<RebuildOutcome, number>>;
  /** The first of those that did not get a document. */
  attention: Attention[];
}

/** An environment that was left to its own sync, and why. */
export interface Attention {
  environmentId: number;
  outcome: 'seeding' | 'refused' | 'failed';
  /** The failure's type and message; none while it is being seeded. */
  failure?: { type: string; message: string };
  reasons?: SeedingReason[];
}

export interface RebuildPageInput extends Selection, PageBounds {
  writeUnitsPerSecond?: number;
  force?: boolean;
}

export type RebuildPageResult = PageResult<RebuildProgress>;

/** Workflow id of the one rebuild sweep that a selection has at a time. */
export const rebuildSweepId = (instanceName: string, selection: Selection): string =>
  rebuildSweepPrefix(instanceName) + nameOf(selection);

export const rebuildSweepPrefix = (instanceName: string) => `rebuild-environment-documents/${instanceName}/`;

/** Workflow id of the one verification that a selection has at a time; one that a schedule starts has its moment behind it. */
export const verifySweepId = (instanceName: string, selection: Selection): string =>
  verifySweepPrefix(instanceName) + nameOf(selection);

export const verifySweepPrefix = (instanceName: string) => `verify-environment-documents/${instanceName}/`;

function nameOf({ environmentIds, projectId, organisationId }: Selection): string {
  if (environmentIds)
    return `environments-${environmentIds.slice(0, 10).join('-')}${environmentIds.length > 10 ? `-and-${environmentIds.length - 10}-more` : ''}`;
  if (projectId !== undefined) return `project-${projectId}`;
  return organisationId === undefined ? 'all' : `organisation-${organisationId}`;
}

/** Sweeps have a task queue of their own: however many there are, syncs do not wait behind them. */
export const sweepTaskQueue = (taskQueue: string): string => `${taskQueue}-sweeps`;
