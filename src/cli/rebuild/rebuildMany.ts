import type { readClientConfig } from '../../config.js';
import { followSweep } from '../../sweeps/followSweep.js';
import { startRebuildSweep } from '../../sweeps/startSweep.js';
import type { RebuildSweepInput } from '../../workflows/sweepContract.js';
import { withTemporal } from '../temporal.js';
import { describeResult, ProgressLines } from './progressLines.js';

export interface ManyOptions {
  json: boolean;
  wait: boolean;
}

/** Starts a sweep, follows it where asked to, and prints what became of it; status 1 if documents are missing then. */
export const rebuildMany = (
  config: ReturnType<typeof readClientConfig>,
  input: RebuildSweepInput,
  { json, wait }: ManyOptions,
): Promise<void> =>
  withTemporal(async (client, namespace) => {
    const handle = await startRebuildSweep(client, config, input);
    const { workflowId } = handle;
    const isFollowed = wait || input.dryRun === true;
    if (!isFollowed) {
      console.log(
        json
          ? JSON.stringify({ workflowId, namespace })
          : `Started ${workflowId} in the namespace ${namespace}.\n` +
              `It goes on by itself: the same command with --wait shows how far it has come, and\n` +
              `  envsync sweep pause|resume|cancel ${workflowId}\nstops it.`,
      );
      return;
    }
    if (!json) console.error(`Following ${workflowId}. Ctrl-C ends this command only; the sweep goes on.`);
    const lines = new ProgressLines(process.stderr);
    const progress = await followSweep(handle, (seen) => {
      if (!json) lines.show(seen);
    });
    lines.end();
    console.log(json ? JSON.stringify({ workflowId, ...progress }) : describeResult(progress, input));
    if (progress.attentionCount > 0) process.exitCode = 1;
  });
