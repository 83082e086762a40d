import { condition, isCancellation, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  MAX_ATTENTION,
  type PageResult,
  pauseSweep,
  resumeSweep,
  sweepProgress,
  type SweepProgress,
} from './sweepContract.js';

export interface Sweep {
  /** From a run before this one. */
  carried?: SweepProgress | undefined;
  count(): Promise<number>;
  /** Works through the page behind an environment. */
  page(afterId: number): Promise<PageResult>;
  /** Goes on in a new run: the history of this one is long enough. */
  carryOn(progress: SweepProgress): Promise<never>;
}

/**
 * Works through pages until none is left; told to pause, it stops between two of them. Cancelled, it still tells what
 * was done; of a page that was under way nothing is counted.
 */
export async function sweepPages(sweep: Sweep): Promise<SweepProgress> {
  const progress = sweep.carried ?? begin();
  let isPaused = progress.state === 'paused';
  setHandler(pauseSweep, () => void (isPaused = true));
  setHandler(resumeSweep, () => void (isPaused = false));
  setHandler(sweepProgress, () => ({ ...progress, state: stateOf() }));
  const stateOf = () => (isPaused && progress.state === 'running' ? 'paused' : progress.state);
  const show = () => {
    setCurrentDetails(describe({ ...progress, state: stateOf() }));
  };

  try {
    if (progress.state === 'counting')
      Object.assign(progress, { total: await sweep.count(), state: 'running' });
    progress.state = 'running';
    for (;;) {
      show();
      if (isPaused) {
        await condition(() => !isPaused);
        show();
      }
      const page = await sweep.page(progress.afterId);
      add(progress, page);
      if (page.isLast) break;
      if (workflowInfo().continueAsNewSuggested)
        await sweep.carryOn({ ...progress, state: isPaused ? 'paused' : 'running' });
    }
    progress.state = 'done';
    return progress;
  } catch (error) {
    if (isCancellation(error)) progress.state = 'cancelled';
    throw error;
  } finally {
    show();
  }
}

const begin = (): SweepProgress => ({
  state: 'counting',
  total: 0,
  done: 0,
  outcomes: {},
  attention: [],
  attentionCount: 0,
  afterId: 0,
  writeUnits: 0,
  startedAt: new Date().toISOString(),
});

function add(progress: SweepProgress, page: PageResult): void {
  progress.afterId = page.afterId;
  progress.done += page.done;
  progress.writeUnits += page.writeUnits;
  progress.attention = [...progress.attention, ...page.attention].slice(0, MAX_ATTENTION);
  progress.attentionCount += page.attentionCount;
  for (const [outcome, count] of Object.entries(page.outcomes) as [keyof typeof page.outcomes, number][])
    progress.outcomes[outcome] = (progress.outcomes[outcome] ?? 0) + count;
}

/** For the workflow's page in the web UI. */
function describe({ state, done, total, outcomes, attention, attentionCount }: SweepProgress): string {
  const counts = Object.entries(outcomes).map(
    ([outcome, count]) => `- ${outcome.replaceAll('_', ' ')}: ${count}`,
  );
  const shown = attention.map(
    ({ environmentId, outcome, failure }) =>
      `- environment ${environmentId}: ${failure ? `${failure.type}. ${failure.message}` : outcome}`,
  );
  const left = attentionCount - attention.length;
  return [
    `**${state}**: ${done} of ${total} environments`,
    '',
    ...counts,
    ...(shown.length === 0 ? [] : ['', 'Left to their own syncs:', '', ...shown]),
    ...(left > 0 ? [`- and ${left} more`] : []),
  ].join('\n');
}
