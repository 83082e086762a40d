import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Pause } from './pause.js';
import { searchAttributes } from './searchAttributes.js';

/**
 * What workflows, relay, command line and scripts share: ids, signals, inputs and outcomes. All of it ends up in
 * histories, so all of it is ids, counts and moments: never a key, a value or a document.
 */

/** A change of the environment's document was committed. */
export const changeRecorded = defineSignal<[ChangeRecorded]>('changeRecorded');
/** A seeding flag was cleared: a sync that waits for it looks again at once. */
export const seedingFinished = defineSignal<[ChangeRecorded]>('seedingFinished');
/** What the sync is doing right now. */
export const syncStatus = defineQuery<SyncStatus>('status');

export interface ChangeRecorded {
  /** When the oldest change that this signal stands for was made: UTC text, microseconds. */
  changedAt: string;
}

/**
 * After which a workflow task is handed out again that was lost on its way to a worker, with its connection or its process:
 * Temporal's own 10 s would be most of what readers wait then. A task takes milliseconds.
 */
export const WORKFLOW_TASK_TIMEOUT = '5 seconds';

/** Workflow id of the one sync an environment has at a time. */
export const syncWorkflowId = (instanceName: string, environmentId: number) =>
  `environment-document-sync/${instanceName}/${environmentId}`;

export interface SyncInput {
  environmentId: number;
  seedingPolls?: SeedingPolls;
  /** How long after the first deletion of items the last one is, in milliseconds. */
  deleteAgainAfterMs?: number;
  /** Whether the namespace knows `DocumentSyncState`; setting an unknown attribute blocks a workflow for ever. */
  showState?: boolean;
  /** Carried into the next run of a long sync: when the oldest change not yet written was made. */
  changedAt?: string | undefined;
}

export interface SeedingPolls {
  /** Wait after the first look, in milliseconds; doubled after each further one. */
  initialDelayMs: number;
  /** The longest wait between two looks, in milliseconds. */
  maxDelayMs: number;
  /** Looks before the sync gives up on a flag. */
  maxAttempts: number;
}

export const DEFAULT_SEEDING_POLLS: SeedingPolls = {
  initialDelayMs: 1_000,
  maxDelayMs: 60_000,
  maxAttempts: 4,
};

/**
 * An attempt to write that read the environment before it was deleted may put its item after that. Attempts are given up
 * after 10 s; the rest is for a process that was frozen meanwhile.
 */
export const DEFAULT_DELETE_AGAIN_AFTER_MS = 60_000;

export const STATE_SEARCH_ATTRIBUTE = searchAttributes.state.name;
/** What a sync is doing; `DocumentSyncState` in the list of workflows. */
export type SyncState =
  | 'checking'
  | 'waiting for seeding'
  | 'writing'
  | 'waiting for a scheduled change'
  | 'deleting'
  /** Ended without a write: syncs are paused, and the change waits in the outbox. */
  | 'paused'
  /** Failed: what would be written, or deleted, is refused. */
  | 'refused'
  /** Failed: a seeding flag stayed up. */
  | 'timed out'
  /** In the query's answer only: in the list such a run is completed, and keeps what it did last. */
  | 'done';

/** The query's answer, and all that the workflow's page says. Moments are on Temporal's clock, as ISO 8601. */
export interface SyncStatus {
  state: SyncState;
  /** When that began; a wait for seeding, with its first look that found any. */
  since: string;
  /** Looks at the seeding so far, since the last write. */
  attempt: number;
  /** Looks after which the sync gives up on a flag. */
  maxAttempts: number;
  /** A seeding flag is up: only its end lets the document be written. Otherwise reasons pass with time. */
  flagged: boolean;
  /** What is waited for, in words: at most 20. */
  reasons: string[];
  reasonsCount: number;
  /** When it goes on by itself, if it waits. */
  nextCheckAt?: string;
  /** Why it is refused. */
  refusal?: { type: string; message: string };
  /** What keeps it from writing. */
  pause?: Pause;
  /** What this run's last write came to. */
  lastWrite?: LastWrite;
}

export interface LastWrite {
  outcome: SettledOutcome['outcome'];
  at: string;
  /** Where it was written: environment defaults in the document. */
  featureStatesCount?: number;
  /** Where it was written: the v1 item as DynamoDB counts it. */
  documentBytes?: number;
}

/** Why a document must not be written yet. */
export type SeedingReason =
  | { kind: 'environment_is_creating' }
  | { kind: 'feature_is_creating'; featureId: number }
  | { kind: 'feature_state_missing'; featureId: number }
  | { kind: 'feature_state_value_missing'; featureId: number }
  | { kind: 'multivariate_values_missing'; featureId: number }
  | { kind: 'feature_settling'; featureId: number }
  | { kind: 'segment_settling'; segmentId: number };

/** What a look leaves to the next one, as nothing else tells whether several rows are still being added to. */
export interface SeedingMemory {
  /** `asOf` of the wait's first look: what was young then is looked at until the wait ends. */
  waitingSince: string;
  /** `asOf` of the look remembered here. */
  lookedAt: string;
  /** Young multivariate features and segments with a fingerprint of their parts. */
  compounds: string[];
  /** Those of them that had not changed since a look long enough before. */
  settled: string[];
}

export interface Seeding {
  seeding: true;
  /** A flag is up; otherwise the reasons are inferred, and pass with time. */
  flagged: boolean;
  /** At most 20 of them. */
  reasons: SeedingReason[];
  reasonsCount: number;
  /** After how many milliseconds the last inferred reason has passed. */
  inferenceEndsInMs: number;
  memory: SeedingMemory;
}

export interface IsSeedingInput {
  environmentId: number;
  memory?: SeedingMemory | undefined;
}

export type SeedingLook = Seeding | { seeding: false };

export interface WriteInput extends IsSeedingInput {
  /** The bound on looks is reached: inferred reasons no longer hold a document that is there already. */
  boundReached?: boolean;
  /** When the oldest change to be written was made, for the lag. */
  changedAt?: string | undefined;
  /** Also overwrites an item of a moment that PostgreSQL has not reached, or of another database. */
  force?: boolean;
  /** Somebody asks for this write by hand: a pause of syncs does not hold it. */
  evenIfPaused?: boolean;
  /** Only a scheduled change asks for this write: nothing is written unless something went live after this moment. */
  onlyIfLiveSince?: string | undefined;
}

/** A change that needs no further act: a feature state or feature version with a `live_from` ahead. */
export interface ScheduledChange {
  /** When the next one goes live: UTC text, microseconds. */
  liveFrom: string;
  /** In how many milliseconds, on PostgreSQL's clock. */
  inMs: number;
  /** `asOf` of the snapshot that showed it. */
  seenAt: string;
}

/** Asks for a sync: now, or once a moment has come. */
export interface SyncRequest {
  environmentId: number;
  /** UTC text, microseconds. */
  dueAt?: string;
}

/** What became of one `writeDocument`; a lost race is none of its faults. */
export type WriteOutcome =
  | Written
  /** DynamoDB holds a document of a later moment. */
  | ({ outcome: 'superseded'; seeding: false } & LeftToDo)
  /** Nothing went live: what was scheduled is not to happen any more, or not yet. */
  | ({ outcome: 'not_due'; seeding: false } & LeftToDo)
  /** The project does not use DynamoDB. */
  | { outcome: 'not_written'; seeding: false }
  /** Syncs are paused: nothing was written, and the change is back in the outbox. */
  | { outcome: 'paused'; seeding: false; pause: Pause }
  /** There is no such environment (any more); a sync adds how many items it deleted. */
  | { outcome: 'deleted'; seeding: false; itemsDeletedCount?: number }
  /** A flag went up after the last look. */
  | ({ outcome: 'seeding' } & Seeding);

/** What a write comes to once nothing is being seeded. */
export type SettledOutcome = Exclude<WriteOutcome, { seeding: true }>;

export interface Written extends LeftToDo {
  outcome: 'written';
  seeding: false;
  /** Environment defaults in the document. */
  featureStatesCount: number;
  /** The v1 item as DynamoDB counts it. */
  documentBytes: number;
  /** What DynamoDB charged for the write, in both tables and in the second one's index. */
  writeUnits?: number;
}

/** What a document that is current leaves to be done. */
export interface LeftToDo {
  /** The document changes again without anybody's doing; whoever learns of it sees to it that a sync waits for it. */
  scheduled?: ScheduledChange;
  /** The environment had other keys, under which DynamoDB may hold its items still. */
  retiredKeys?: true;
  /** Syncs are paused, and this was written by hand: the next change waits. */
  pause?: Pause;
}

export interface DeleteInput {
  environmentId: number;
  /** How long after the first deletion the last one is, in milliseconds. */
  againAfterMs: number;
}

export interface Deletion {
  /**
   * `not_written`: the project does not use DynamoDB, and what it holds is left alone. `paused`: syncs are, and what is not
   * deleted yet is remembered.
   */
  outcome: 'deleted' | 'not_written' | 'paused';
  /** The environment itself is not deleted (any more): only items under keys that it had before are. */
  isLive: boolean;
  /** Items that were there and are gone. */
  itemsCount: number;
  /** Items left alone because DynamoDB holds one of a later moment, or another database's. */
  refusedCount: number;
  /** After how many milliseconds to delete once more; undefined after the last time. */
  againInMs?: number;
}

/** `type` of the failures that callers may match on. */
export const failureTypes = {
  seedingTimedOut: 'SeedingTimedOut',
  invalidInput: 'InvalidInput',
  unreadableDocument: 'UnreadableDocument',
  documentTooLarge: 'DocumentTooLarge',
  historyRewound: 'HistoryRewound',
  otherSource: 'OtherSource',
  sourceChanged: 'SourceChanged',
} as const;
