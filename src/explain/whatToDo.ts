import { describePause, resumeCommand } from '../workflows/pause.js';
import type { Found } from './found.js';
import type { StoredItem } from './storedItem.js';

const CURRENT = 'nothing: the document is current.';
const DELETED = 'nothing: the environment is deleted, and so are its items.';
const NOT_USED = 'nothing: its project does not use DynamoDB, or no table is configured.';
const NOTHING = [CURRENT, DELETED, NOT_USED];

/** Whether nothing is to be done, and nothing is waited for. */
export const isWell = (found: Found): boolean => NOTHING.includes(whatToDo(found));

/** What helps this environment, in one sentence. What stands in the way of everything else comes first. */
export function whatToDo(found: Found): string {
  return (
    unreachable(found) ??
    ofPaused(found) ??
    (found.environment.isDeleted ? ofDeleted(found) : undefined) ??
    ofUnused(found) ??
    ofRefused(found) ??
    ofFlagged(found) ??
    ofConflicting(found) ??
    ofTroubled(found) ??
    ofUnderWay(found) ??
    ofUnlike(found) ??
    ofUnseeded(found) ??
    CURRENT
  );
}

function unreachable({ stored, workflow, outbox, paused, order }: Found): string | undefined {
  for (const answer of [stored, workflow, order, outbox, paused])
    if ('error' in answer)
      return `see to what gave no answer (${answer.error}); \`envsync doctor\` tells more.`;
  return undefined;
}

function ofPaused({ paused }: Found): string | undefined {
  const pause = 'pause' in paused ? paused.pause : null;
  return pause ? `\`${resumeCommand(pause)}\`, once it may be written: ${describePause(pause)}.` : undefined;
}

function ofDeleted(found: Found): string {
  const { id } = found.environment;
  const isLeft = itemsOf(found).some(({ item }) => item === 'ours' || item === 'foreign');
  if (!isLeft) return DELETED;
  if (isRunning(found)) return 'wait: its sync deletes the items that are left.';
  return `run \`envsync rebuild ${id}\`: it has the items deleted that the environment left.`;
}

const ofUnused = ({ environment, stored }: Found): string | undefined =>
  !environment.usesDynamoDb || ('v1' in stored && stored.v1.item === 'not written') ? NOT_USED : undefined;

const ofRefused = ({ refused }: Found): string | undefined =>
  refused === null
    ? undefined
    : 'correct in Flagsmith what is refused above: that change writes the document.';

function ofFlagged({ environment, seeding }: Found): string | undefined {
  const [flag] = seeding?.flags ?? [];
  if (!flag) return undefined;
  const whose = 'featureId' in flag ? `feature ${flag.featureId}` : `environment ${environment.id}`;
  return (
    'wait, if it is still being created: the document follows by itself. ' +
    `If whoever created it has died: \`envsync finish-seeding ${whose}\`.`
  );
}

function ofConflicting(found: Found): string | undefined {
  const { id } = found.environment;
  const conflicts = itemsOf(found).flatMap((stored) => (stored.item === 'ours' ? [stored.conflict] : []));
  if (conflicts.includes('ahead of PostgreSQL'))
    return (
      'if PostgreSQL was restored, or failed over to a standby that lagged: ' +
      `\`envsync rebuild ${id} --force\` replaces what it has not reached.`
    );
  if (conflicts.includes('of another database'))
    return (
      'if the database was moved here: `envsync migrate --accept-source`. If not, another installation writes to ' +
      `the same table: give one of them a table of its own, then \`envsync rebuild ${id} --force\`.`
    );
  return undefined;
}

function ofTroubled({ outbox, workflow }: Found): string | undefined {
  if (Array.isArray(outbox) && outbox.some(({ attempts }) => attempts > 0))
    return 'see that Temporal accepts signals: the worker logs outbox.postponed with the reason.';
  if ('error' in workflow || workflow.sync.run !== 'running' || !workflow.sync.isStuck) return undefined;
  const reason = workflow.sync.reasons.join('; ');
  return reason.startsWith('no worker')
    ? 'start `envsync worker`, or see why it takes nothing: `envsync doctor`.'
    : `see to what the sync fails with: ${reason}. It goes on by itself then.`;
}

function ofUnderWay(found: Found): string | undefined {
  const { outbox, workflow } = found;
  const isWaiting = Array.isArray(outbox) && outbox.some(({ dueAt }) => isPast(dueAt));
  if (isWaiting && !isRunning(found))
    return 'wait a second for its change to be taken up; if it is not, see that `envsync worker` runs.';
  if (!isRunning(found) || 'error' in workflow) return undefined;
  const { state } = workflow.sync;
  // What that one waits for is ahead: the document is to be current meanwhile.
  return state === 'waiting for a scheduled change' || state === 'done'
    ? undefined
    : 'wait: its sync is under way.';
}

function ofUnlike(found: Found): string | undefined {
  const unlike = itemsOf(found).some(
    (stored) =>
      stored.item === 'missing' ||
      stored.item === 'foreign' ||
      (stored.item === 'ours' && stored.isCurrent === false),
  );
  return unlike ? `run \`envsync rebuild ${found.environment.id}\`.` : undefined;
}

function ofUnseeded({ environment, seeding }: Found): string | undefined {
  if (!seeding || seeding.oldGaps.length === 0) return undefined;
  return (
    'the document is current, but Flagsmith never created all its feature states: ' +
    `\`envsync verify ${environment.id} --seed-missing\` does.`
  );
}

const itemsOf = ({ stored }: Found): StoredItem[] => ('v1' in stored ? [stored.v1, stored.v2] : []);

const isRunning = ({ workflow }: Found) => 'sync' in workflow && workflow.sync.run === 'running';

const isPast = (utc: string) => Date.parse(`${utc}Z`) <= Date.now();
