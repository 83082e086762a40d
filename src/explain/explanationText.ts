import type { WaitingChanges } from '../db/outboxWaiting.js';
import { syncLines } from '../syncs/syncText.js';
import type { SeedingReason } from '../workflows/contract.js';
import { describePause } from '../workflows/pause.js';
import { describeReason } from '../workflows/reasons.js';
import { spokenMoment } from '../workflows/spokenMoment.js';
import type { Explanation } from './explainEnvironment.js';
import type { StoredItem } from './storedItem.js';

/** More of them are counted, as a screen shows no more. */
const MAX_SHOWN = 20;
const WIDTH = 10;

/** The explanation as a page of text; its last line says what to do. */
export function explanationText(explanation: Explanation): string {
  const { environment, seeding, refused, order, stored, outbox, paused, workflow } = explanation;
  const sections: [string, string[]][] = [
    ['flags', seeding ? reasonLines(seeding.flags, 'none is up') : ['none: it is deleted']],
    ['missing', seeding ? missingLines(seeding.gaps, seeding.oldGaps) : ['nothing: it is deleted']],
    ['refused', refused === null ? [] : [refused]],
    ['PostgreSQL', ['error' in order ? `cannot be asked: ${order.error}` : `is at ${order.now}`]],
    ['v1 item', 'error' in stored ? [`cannot be read: ${stored.error}`] : itemLines(stored.v1)],
    ['v2 item', 'error' in stored ? [] : itemLines(stored.v2)],
    ['outbox', 'error' in outbox ? [`cannot be read: ${outbox.error}`] : outboxLines(outbox)],
    ['paused', 'error' in paused ? [] : paused.pause ? [describePause(paused.pause)] : []],
    ['sync', 'error' in workflow ? [`Temporal cannot be asked: ${workflow.error}`] : syncLines(workflow)],
  ];
  const { id, name, projectId, projectName, organisationId, isDeleted } = environment;
  return [
    `environment ${id} "${name}" of project ${projectId} "${projectName}", organisation ${organisationId}` +
      (isDeleted ? ', deleted' : ''),
    ...sections.flatMap(([title, lines]) =>
      lines.map((line, i) => `  ${(i === 0 ? title : '').padEnd(WIDTH)}  ${line}`),
    ),
    `What to do: ${explanation.whatToDo}`,
  ].join('\n');
}

function missingLines(gaps: SeedingReason[], oldGaps: SeedingReason[]): string[] {
  if (gaps.length + oldGaps.length === 0) return ['nothing'];
  return [
    ...reasonLines(gaps).map((line) => `${line}: a write would wait`),
    ...reasonLines(oldGaps).map((line) => `${line}: and nobody is at it any more, a write does not wait`),
  ];
}

function reasonLines(reasons: SeedingReason[], none?: string): string[] {
  if (reasons.length === 0) return none === undefined ? [] : [none];
  const more = reasons.length > MAX_SHOWN ? [`and ${reasons.length - MAX_SHOWN} more`] : [];
  return [...reasons.slice(0, MAX_SHOWN).map(describeReason), ...more];
}

function itemLines(stored: StoredItem): string[] {
  if (stored.item === 'not written') return ['is not written: no table, or its project does not use it'];
  if (stored.item === 'missing') return ['is missing'];
  const whose =
    stored.item === 'foreign'
      ? 'was written by somebody else'
      : `was read ${spokenMoment(stored.readAt)}, at ${stored.order}` +
        (stored.conflict === null ? '' : `: ${stored.conflict}`);
  const more = stored.differencesCount - stored.differences.length;
  return [
    whose,
    currencyOf(stored),
    ...stored.differences.map((path) => `  ${path}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].filter((line) => line !== '');
}

function currencyOf({
  isCurrent,
  differencesCount,
}: {
  isCurrent: boolean | null;
  differencesCount: number;
}) {
  if (isCurrent === null) return '';
  if (isCurrent) return 'is what would be written now';
  return `is not what would be written now: ${differencesCount} difference${differencesCount === 1 ? '' : 's'}`;
}

const outboxLines = (changes: WaitingChanges[]): string[] =>
  changes.length === 0
    ? ['is empty']
    : changes.map(
        ({ environmentId, rows, attempts, changedAt, dueAt }) =>
          `${rows} change${rows === 1 ? '' : 's'}${environmentId === null ? ' of the whole project' : ''} since ` +
          `${spokenMoment(changedAt)}, due ${spokenMoment(dueAt)}` +
          (attempts > 0 ? `, refused ${attempts} times by Temporal` : ''),
      );
