import type { DriftKind, EnvironmentVerification, VerifyOutcome } from '../verify/verification.js';
import type { PageBounds, PageResult, Selection, SweepProgress } from './sweepContract.js';

/** What verifications of many environments share with the command line and scripts. */

export interface VerifySweepInput extends Selection, VerifyOptions {
  /**
   * Also makes the default feature states that environments never got, and leaves their documents to their syncs; takes
   * workers that run creation workflows.
   */
  seedMissing?: boolean;
  /** How many environments a page has. */
  pageSize?: number;
  /** Carried from run to run of a long verification. */
  carried?: VerifyProgress;
}

export interface VerifyOptions {
  /** Mends what is found; otherwise nothing is written anywhere. */
  repair?: boolean;
  /** The most that is read from DynamoDB a second, in read units: 4 KB of an item each, both tables together. */
  readUnitsPerSecond?: number;
  /** The most that repairs write a second, in write units as DynamoDB charges them: both tables and their indexes. */
  writeUnitsPerSecond?: number;
}

/** What verified environments came to. */
export interface VerifyCounts {
  outcomes: Partial<Record<VerifyOutcome, number>>;
  /** Environments with drift of each kind, whether it was mended or not. */
  drift: Partial<Record<DriftKind, number>>;
  /** The first of those that are not as they ought to be, and why. */
  attention: EnvironmentVerification[];
  attentionCount: number;
  /** The first of those that are, now that they were mended. */
  repaired: EnvironmentVerification[];
  repairedCount: number;
  /** Feature states that were made. */
  seededCount: number;
  readUnits: number;
  writeUnits: number;
}

export interface VerifyProgress extends SweepProgress, VerifyCounts {
  outcomes: Partial<Record<VerifyOutcome, number>>;
  attention: EnvironmentVerification[];
  /** Whether it mends what it finds. */
  repair: boolean;
  /** Of the search for items that no environment has a use for; with `all`, once the environments are verified. */
  orphans?: OrphansProgress;
}

export interface OrphansProgress {
  /** Parts that the tables are looked through in. */
  segments: TableSegments;
  segmentsDone: number;
  /** Items looked at; of the second table only the environments' own. */
  scannedCount: number;
  /** Items of another installation, which are left alone. */
  othersCount: number;
  /** What came of environments that were found by their items alone: they are not among `done` and its `outcomes`. */
  outcomes: Partial<Record<VerifyOutcome, number>>;
}

export type TableSegments = Record<'v1' | 'v2', number>;

export interface VerifyPageInput extends Selection, PageBounds, VerifyOptions {
  /** Environments that lack feature states are handed out, to be counted once these were made. */
  handOutUnseeded: boolean;
}

export interface VerifyPageResult extends PageResult<SweepProgress>, VerifyCounts {
  outcomes: Partial<Record<VerifyOutcome, number>>;
  attention: EnvironmentVerification[];
  /** Done, and not counted in anything else yet. */
  unseeded: EnvironmentVerification[];
}

export interface OrphanSegmentInput extends VerifyOptions {
  table: 'v1' | 'v2';
  /** What part of the table: unlike the key that a page of a scan ends with, it may be kept in a history. */
  segment: { index: number; of: number };
}

export interface OrphanSegmentResult extends VerifyCounts {
  scannedCount: number;
  othersCount: number;
}
