import type { Client } from '@temporalio/client';
import type { readClientConfig } from '../../config.js';
import { followSweep } from '../../sweeps/followSweep.js';
import type { SweepHandle } from '../../sweeps/startSweep.js';
import { workflowLink } from '../../syncs/access.js';
import type { SweepProgress } from '../../workflows/sweepContract.js';
import { withTemporal } from '../temporal.js';
import { ProgressLines } from './progressLines.js';

export interface SweepRun<P extends SweepProgress> {
  start: (client: Client) => Promise<SweepHandle<P>>;
  describe: (progress: P) => string;
  /** What is said of those in `attention` while it goes on. */
  attentionText: string;
  json: boolean;
  /** Follows it to its end; otherwise it is started only. */
  wait: boolean;
}

/** Starts a sweep, follows it where asked to, and prints what became of it; status 1 if somebody has to look at something. */
export const runSweep = <P extends SweepProgress>(
  config: ReturnType<typeof readClientConfig>,
  { start, describe, attentionText, json, wait }: SweepRun<P>,
): Promise<void> =>
  withTemporal(async (client, namespace) => {
    const handle = await start(client);
    const { workflowId } = handle;
    const link = workflowLink({ client, ...config }, workflowId);
    if (!wait) {
      console.log(
        json
          ? JSON.stringify({ workflowId, namespace, link })
          : `Started ${workflowId} in the namespace ${namespace}: ${link}\n` +
              `It goes on by itself: the same command, waiting, shows how far it has come, and\n` +
              `  envsync sweep pause|resume|cancel ${workflowId}\nstops it.`,
      );
      return;
    }
    if (!json)
      console.error(
        `Following ${workflowId}: ${link}\nCtrl-C ends this command only; the sweep goes on, unless it is cancelled by "envsync sweep cancel".`,
      );
    const lines = new ProgressLines(process.stderr, attentionText);
    const progress = await followSweep(handle, (seen) => {
      if (!json) lines.show(seen);
    });
    lines.end();
    console.log(json ? JSON.stringify({ workflowId, link, ...progress }) : describe(progress));
    if (progress.attentionCount > 0) process.exitCode = 1;
  });
