import { condition, isCancellation, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { pauseSweep, resumeSweep, sweepProgress, type SweepProgress } from './sweepContract.js';

export interface Sweep<P extends SweepProgress> {
  /** From a run before this one; where there was none, what a sweep of its kind begins with. */
  progress: P;
  count(): Promise<number>;
  /** Works through the next page and adds it to the progress; false once none is left. */
  next(progress: P): Promise<boolean>;
  /** For the workflow's page in the web UI, in Markdown. */
  describe(progress: P): string;
  /** Goes on in a new run: the history of this one is long enough. */
  carryOn(progress: P): Promise<never>;
}

/**
 * Works through pages until none is left; told to pause, it stops between two of them. Cancelled, it still tells what
 * was done; of a page that was under way nothing is counted.
 */
export async function sweepPages<P extends SweepProgress>(sweep: Sweep<P>): Promise<P> {
  const { progress } = sweep;
  let isPaused = progress.state === 'paused';
  setHandler(pauseSweep, () => void (isPaused = true));
  setHandler(resumeSweep, () => void (isPaused = false));
  setHandler(sweepProgress, () => ({ ...progress, state: stateOf() }));
  const stateOf = () => (isPaused && progress.state === 'running' ? 'paused' : progress.state);
  const show = () => {
    setCurrentDetails(sweep.describe({ ...progress, state: stateOf() }));
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
      if (!(await sweep.next(progress))) break;
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

/** What is alike in the progress of all sweeps, before their first page. */
export const beginSweep = () => ({
  state: 'counting' as const,
  total: 0,
  done: 0,
  outcomes: {},
  attention: [],
  attentionCount: 0,
  afterId: 0,
  writeUnits: 0,
  startedAt: new Date().toISOString(),
});

/** What the page's activity is for, in the event history. */
export const pageSummary = ({ done, total }: SweepProgress): string =>
  `page: from ${done + 1} of ${total} on`;
