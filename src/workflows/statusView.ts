import { patched, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import {
  type ScheduledChange,
  type Seeding,
  type SettledOutcome,
  type SyncState,
  type SyncStatus,
  syncStatus,
} from './contract.js';
import { describeReason } from './reasons.js';
import type { Refusal } from './refusal.js';
import { untilLiveMs } from './scheduledChange.js';
import { searchAttributes } from './searchAttributes.js';
import { describeStatus } from './statusDetails.js';

/** Shows on the workflow's page, in its `status` query and where registered as a search attribute what it is doing. */
export interface StatusView {
  checking(attempt: number, maxAttempts: number): void;
  waiting(delayMs: number, seeding: Seeding): void;
  writing(): void;
  /** A write came to its end; the run may go on to something else. */
  settled(outcome: SettledOutcome): void;
  waitingUntilLive(scheduled: ScheduledChange): void;
  deleting(): void;
  deletingAgain(inMs: number): void;
  /** The run is about to fail. */
  timedOut(seeding: Seeding): void;
  /** The run is about to fail. */
  refused(refusal: Refusal): void;
}

const NOTHING_WAITED_FOR = { flagged: false, reasons: [], reasonsCount: 0 };

export function showStatus({ asSearchAttribute }: { asSearchAttribute: boolean }): StatusView {
  let shown: SyncState | undefined;
  let waitingSince: string | undefined;
  let status: SyncStatus = {
    state: 'checking',
    since: moment(),
    attempt: 0,
    maxAttempts: 0,
    ...NOTHING_WAITED_FOR,
  };
  setHandler(syncStatus, () => status);

  /** One value for both, so that page and query never disagree. */
  function tell(changes: Partial<SyncStatus>) {
    status = { ...status, ...changes };
    if (changes.nextCheckAt === undefined) delete status.nextCheckAt;
    if (changes.pause === undefined) delete status.pause;
    setCurrentDetails(describeStatus(status));
  }

  function enter(state: SyncState, changes: Partial<SyncStatus> = {}) {
    tell({ state, ...(state !== status.state && { since: moment() }), ...changes });
    if (asSearchAttribute && state !== shown)
      upsertSearchAttributes([{ key: searchAttributes.state, value: state }]);
    shown = state;
  }

  return {
    checking(attempt, maxAttempts) {
      // Look after look is one long wait to whoever reads the list of workflows.
      if (attempt === 1) enter('checking', { attempt, maxAttempts });
      else tell({ attempt, maxAttempts });
    },
    waiting(delayMs, seeding) {
      waitingSince ??= moment();
      enter('waiting for seeding', {
        ...waitedFor(seeding),
        since: waitingSince,
        nextCheckAt: moment(delayMs),
      });
    },
    writing() {
      waitingSince = undefined;
      enter('writing', NOTHING_WAITED_FOR);
    },
    settled(outcome) {
      const at = moment();
      if (outcome.outcome === 'paused') {
        enter('paused', { lastWrite: { outcome: 'paused', at }, pause: outcome.pause });
        return;
      }
      tell({ state: 'done', since: at, lastWrite: { outcome: outcome.outcome, at, ...countsOf(outcome) } });
    },
    waitingUntilLive(scheduled) {
      enter('waiting for a scheduled change', { nextCheckAt: moment(untilLiveMs(scheduled, Date.now())) });
    },
    deleting() {
      enter('deleting');
    },
    deletingAgain(inMs) {
      enter('deleting', { nextCheckAt: moment(inMs) });
    },
    timedOut(seeding) {
      enter('timed out', { ...waitedFor(seeding), since: waitingSince ?? moment() });
    },
    refused(refusal) {
      // Syncs of release 0.1.0 failed in the state that they were in, and may be replayed.
      if (asSearchAttribute && patched('show-refused')) enter('refused', { refusal });
      else tell({ state: 'refused', since: moment(), refusal });
    },
  };
}

const waitedFor = ({ flagged, reasons, reasonsCount }: Seeding) => ({
  flagged,
  reasons: reasons.map(describeReason),
  reasonsCount,
});

const countsOf = (outcome: SettledOutcome) =>
  outcome.outcome === 'written'
    ? { featureStatesCount: outcome.featureStatesCount, documentBytes: outcome.documentBytes }
    : {};

/** On Temporal's clock, the same in each replay. */
const moment = (inMs = 0): string => new Date(Date.now() + inMs).toISOString();
