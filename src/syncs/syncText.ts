import type { PauseWithChanges } from '../db/pausedSyncs.js';
import { shortened, textTable } from '../textTable.js';
import { whosePause } from '../workflows/pause.js';
import { spokenMoment } from '../workflows/spokenMoment.js';
import type { EnvironmentStatus } from './environmentStatus.js';
import type { StuckSync } from './stuckSyncs.js';
import { NO_ANSWER, type SyncsStatus } from './syncsStatus.js';

/** One environment's sync in lines: what it does and why, what came of the last write, its page. */
export function syncLines({ sync, last }: EnvironmentStatus): string[] {
  const { run, state, attempt, reasons, since, link } = sync;
  if (run === 'none') return ['none that Temporal still keeps: no change has started one'];
  const when = since === null ? '' : ` since ${spokenMoment(since)}`;
  const now =
    run === 'running'
      ? `${state ?? NO_ANSWER}${when}${attempt > 1 ? `, attempt ${attempt}` : ''}`
      : `${run}${when}`;
  return [
    `${now}${sync.isStuck ? ': stuck' : ''}`,
    ...(run === 'running' ? reasons.map((reason) => `  ${reason}`) : []),
    `last: ${last ? lastText(last) : 'none that Temporal still keeps'}`,
    link,
  ];
}

function lastText(last: NonNullable<EnvironmentStatus['last']>): string {
  const at = last.at === '' ? '' : ` at ${spokenMoment(last.at)}`;
  if ('failure' in last) return `${last.failure}${at}`;
  const size =
    last.outcome === 'written'
      ? `, ${last.featureStatesCount} feature states in ${last.documentBytes} bytes`
      : '';
  return `${last.outcome.replaceAll('_', ' ')}${at}${size}`;
}

export function statusText({ running, outbox, paused, failedInLastDay }: SyncsStatus): string {
  const states = Object.entries(running).map(([state, count]) => `${count} ${state}`);
  return [
    `running   ${states.length === 0 ? 'none' : states.join(', ')}`,
    `outbox    ${outbox.rows === 0 ? 'empty' : `${outbox.rows} rows, the oldest for ${Math.round(outbox.oldestSeconds)} s`}`,
    `failed    ${failedInLastDay} in the last day`,
    ...paused.map((pause) => `paused    ${pauseText(pause)}`),
  ].join('\n');
}

/** Whose syncs, since when, and what waits for it. */
export const pauseText = (pause: PauseWithChanges): string =>
  `${whosePause(pause)} since ${spokenMoment(pause.since)}; changes that wait: ${pause.changes}`;

/** A table, wide as it must be; reasons are cut there, and whole in JSON and on the page. */
export function stuckTable(stuck: StuckSync[]): string {
  return textTable([
    ['ENVIRONMENT', 'PROJECT', 'REASON', 'SINCE', 'ATTEMPTS', 'LINK'],
    ...stuck.map(({ environmentId, projectId, reason, since, attempts, link }) => [
      environmentId === null ? 'all' : String(environmentId),
      projectId === null ? '-' : String(projectId),
      shortened(reason),
      since === '' ? '-' : spokenMoment(since),
      String(attempts),
      link ?? '-',
    ]),
  ]);
}
