import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  type ScheduledChange,
  type Seeding,
  STATE_SEARCH_ATTRIBUTE,
  type SyncState,
  syncStatus,
} from './contract.js';
import { describeReason, describeReasons } from './reasons.js';
import { spokenMoment } from './scheduledChange.js';

/** Shows on the workflow's page, in its `status` query and where registered as a search attribute what it is doing. */
export interface StatusView {
  checking(attempt: number): void;
  waiting(attempt: number, maxAttempts: number, delayMs: number, seeding: Seeding): void;
  writing(): void;
  waitingUntilLive(scheduled: ScheduledChange): void;
  deleting(): void;
  deletingAgain(inMs: number): void;
  timedOut(seeding: Seeding): void;
}

const stateAttribute = defineSearchAttributeKey(STATE_SEARCH_ATTRIBUTE, SearchAttributeType.KEYWORD);

export function showStatus({ asSearchAttribute }: { asSearchAttribute: boolean }): StatusView {
  let state: SyncState | undefined;
  let attempt = 0;
  let reasons: string[] = [];
  setHandler(syncStatus, () => ({ state: state ?? 'checking', attempt, reasons }));

  function enter(next: SyncState, details: string) {
    setCurrentDetails(details);
    if (asSearchAttribute && next !== state) upsertSearchAttributes([{ key: stateAttribute, value: next }]);
    state = next;
  }

  return {
    checking(number) {
      attempt = number;
      // Look after look is one long wait to whoever reads the list of workflows.
      if (number === 1) enter('checking', 'Asking whether something is still being seeded.');
    },
    waiting(number, maxAttempts, delayMs, seeding) {
      reasons = seeding.reasons.map(describeReason);
      const looks = seeding.flagged ? `Look ${number} of ${maxAttempts}` : `Look ${number}`;
      enter(
        'waiting for seeding',
        `${looks}; the next one in ${delayMs / 1000} s. Waiting because:\n\n${list(seeding)}`,
      );
    },
    writing() {
      reasons = [];
      enter('writing', 'Nothing is being seeded: writing the document.');
    },
    waitingUntilLive({ liveFrom }) {
      enter(
        'waiting for a scheduled change',
        `The document is current. Its next scheduled change goes live at ${spokenMoment(liveFrom)}; ` +
          'whatever is changed before that is written at once.',
      );
    },
    deleting() {
      enter('deleting', 'Deleting the items that the environment left in DynamoDB.');
    },
    deletingAgain(inMs) {
      enter(
        'deleting',
        `The items that the environment left in DynamoDB are deleted. Once more in ${inMs / 1000} s, as a write ` +
          'that was under way may have put one after that; whatever is changed before that is written at once.',
      );
    },
    timedOut(seeding) {
      enter('timed out', `Gave up after look ${attempt}. Still waited for:\n\n${list(seeding)}`);
    },
  };
}

const list = ({ reasons, reasonsCount }: Seeding) =>
  describeReasons(reasons, reasonsCount)
    .split('; ')
    .map((reason) => `- ${reason}`)
    .join('\n');
