import type { readClientConfig } from '../../config.js';
import { startRebuildSweep } from '../../sweeps/startSweep.js';
import type { RebuildProgress, RebuildSweepInput } from '../../workflows/sweepContract.js';
import { countsText } from '../sweep/countsText.js';
import { runSweep } from '../sweep/runSweep.js';

/** Rebuilds many environments in a sweep; status 1 if documents are missing then. */
export const rebuildMany = (
  config: ReturnType<typeof readClientConfig>,
  input: RebuildSweepInput,
  { json, wait }: { json: boolean; wait: boolean },
): Promise<void> =>
  runSweep(config, {
    start: (client) => startRebuildSweep(client, config, input),
    describe: (progress) => describeResult(progress, input),
    attentionText: 'left to their own syncs',
    json,
    wait: wait || input.dryRun === true,
  });

function describeResult(progress: RebuildProgress, { dryRun }: RebuildSweepInput): string {
  const { total, done, outcomes, attention, attentionCount } = progress;
  if (dryRun) return `${total} environments would be rebuilt.`;
  const lines = attention.map(({ environmentId, outcome, failure }) =>
    failure
      ? `  environment ${environmentId}: ${failure.type}. ${failure.message}`
      : `  environment ${environmentId}: ${outcome}; its own sync waits for it`,
  );
  const more = attentionCount - attention.length;
  return [
    `${done} environments: ${countsText(outcomes) || 'nothing to do'}.`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more; the web UI shows their syncs`] : []),
  ].join('\n');
}
