import type { LastWrite, SyncStatus } from './contract.js';
import { describePause, resumeCommand } from './pause.js';
import { spokenMoment } from './spokenMoment.js';

/** The status as the workflow's page shows it: Markdown, for a person on call who has not read the documentation. */
export function describeStatus(status: SyncStatus): string {
  const last = status.lastWrite && `Last write of this run: ${describeWrite(status.lastWrite)}.`;
  return [...describeState(status), ...(last ? [last] : [])].join('\n\n');
}

function describeState(status: SyncStatus): string[] {
  const since = spokenMoment(status.since);
  const next = status.nextCheckAt && spokenMoment(status.nextCheckAt);
  switch (status.state) {
    case 'checking':
      return [
        `**Checking** since ${since}: is something still being seeded?`,
        `${lookOf(status)}. ${RETRIED}`,
      ];
    case 'waiting for seeding':
      return [
        `**Waiting for seeding** since ${since}, because:`,
        listReasons(status),
        next === undefined
          ? `${lookOf(status)} is being made. ${RETRIED}`
          : `${lookOf(status)} found that; next check at ${next}, or as soon as a seeding ends.`,
      ];
    case 'writing':
      return [`**Writing** the document since ${since}: nothing is being seeded.`, RETRIED];
    case 'waiting for a scheduled change':
      return [
        `**Waiting for a scheduled change** since ${since}: the document is current, and changes by itself at ` +
          `${next ?? 'a later moment'}. Whatever is changed before that is written at once.`,
      ];
    case 'deleting':
      return next === undefined
        ? [`**Deleting** since ${since} what the environment left in DynamoDB.`, RETRIED]
        : [
            `**Deleted** what the environment left in DynamoDB; once more at ${next}, as a write that was under way may ` +
              'have put an item after that. Whatever is changed before that is written at once.',
          ];
    case 'paused':
      return [
        `**Paused**${status.pause ? `: ${describePause(status.pause)}` : ''}.`,
        'Nothing was written, and the change waits in the outbox. ' +
          `\`${status.pause ? resumeCommand(status.pause) : 'envsync sync resume'}\` lets it go on.`,
      ];
    case 'timed out':
      return [
        `**Gave up** after ${status.attempt} looks. Waiting since ${since}, because:`,
        listReasons(status),
        'The document was not written. The end of the seeding, or the next change, starts a new sync by itself; if the ' +
          'creator died, `envsync finish-seeding` completes what it left.',
      ];
    case 'refused':
      return [
        `**Refused** at ${since}${status.refusal ? ` as ${status.refusal.type}` : ''}.`,
        status.refusal?.message ?? '',
      ];
    case 'done':
      return [`**Done** at ${since}.`];
  }
}

/** What waits for a server that is away has no other sign than the activity's own. */
const RETRIED =
  'If it stays so, its pending activity shows the attempt and the last failure; it is tried again until it succeeds.';

/** Looks are bounded only where a flag is up: all else passes with time. */
const lookOf = ({ attempt, maxAttempts, flagged, state }: SyncStatus) =>
  flagged || state === 'checking' ? `Look ${attempt} of ${maxAttempts}` : `Look ${attempt}`;

function listReasons({ reasons, reasonsCount }: SyncStatus): string {
  const more = reasonsCount - reasons.length;
  return [...reasons, ...(more > 0 ? [`and ${more} more`] : [])].map((reason) => `- ${reason}`).join('\n');
}

function describeWrite({ outcome, at, featureStatesCount, documentBytes }: LastWrite): string {
  const moment = spokenMoment(at);
  switch (outcome) {
    case 'written':
      return `written at ${moment}, ${featureStatesCount ?? 0} feature states, ${documentBytes ?? 0} bytes`;
    case 'superseded':
      return `superseded at ${moment}, DynamoDB holds a later document already`;
    case 'not_due':
      return `not due at ${moment}, what was scheduled did not go live`;
    case 'paused':
      return `none at ${moment}, syncs are paused`;
    case 'not_written':
      return `not written at ${moment}, the project does not use DynamoDB`;
    case 'deleted':
      return `none at ${moment}, the environment is deleted`;
  }
}
