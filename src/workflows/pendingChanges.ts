import { setHandler } from '@temporalio/workflow';
import { changeRecorded, type ChangeRecorded, seedingFinished } from './contract.js';

/** What was signalled to this run and no document contains yet. */
export interface PendingChanges {
  /** A change was signalled since the last read began. */
  isDirty(): boolean;
  /** Seeding was reported finished since the last read began. */
  isNudged(): boolean;
  /** A change that was signalled before the last read began is not in DynamoDB yet. */
  isOwed(): boolean;
  /** Call right before each read; gives when the oldest change not yet written was made. */
  readBegins(): string | undefined;
  /** What was signalled before the last read began is in DynamoDB. */
  written(): void;
}

/** Starts to receive this run's signals. A run begins dirty: something started it. */
export function receiveChanges(carriedOver: string | undefined): PendingChanges {
  let dirty = true;
  let nudged = false;
  let owed = false;
  let oldestUnread = carriedOver;
  let oldestUnwritten: string | undefined;

  const receive = ({ changedAt }: ChangeRecorded) => {
    dirty = true;
    oldestUnread = earlier(oldestUnread, changedAt);
  };
  setHandler(changeRecorded, receive);
  setHandler(seedingFinished, (change) => {
    receive(change);
    nudged = true;
  });

  return {
    isDirty: () => dirty,
    isNudged: () => nudged,
    isOwed: () => owed,
    readBegins() {
      // Cleared before each read, never after: what is signalled while an activity is in flight
      // may be missing from its answer, so it must still count afterwards.
      owed ||= dirty;
      dirty = nudged = false;
      oldestUnwritten = earlier(oldestUnwritten, oldestUnread);
      oldestUnread = undefined;
      return oldestUnwritten;
    },
    written() {
      owed = false;
      oldestUnwritten = undefined;
    },
  };
}

const earlier = (a: string | undefined, b: string | undefined) =>
  a === undefined || (b !== undefined && b < a) ? b : a;
