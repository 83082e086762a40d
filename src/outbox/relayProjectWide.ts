import { Pace } from './pace.js';
import { relayBatch, type RelayDeps, type RelayedBatch } from './relayBatch.js';
import type { EnvironmentChange } from './startSync.js';
import type { Rest } from './untilAtRest.js';

export interface ProjectWideDeps extends Omit<RelayDeps, 'projectWide'> {
  /** Resolves once the environment's sync has nothing in hand, or is taking too long. */
  untilAtRest: (environmentId: number) => Promise<Rest>;
}

/**
 * Gives a relay of what concerns whole projects, in rounds: as many environments as the syncs of the round before say,
 * then a wait for these. It is their number that is bounded, not a rate, so whatever becomes scarce first, the rest
 * stays in the outbox meanwhile. Each relay finds its own pace.
 */
export function paceProjectWide(deps: ProjectWideDeps): () => Promise<RelayedBatch> {
  const anew = () => new Pace(deps.batchSize);
  let pace = anew();
  return async () => {
    const times: Promise<number | undefined>[] = [];
    const startSync = async (change: EnvironmentChange) => {
      const startedAtMs = performance.now();
      await deps.startSync(change);
      times.push(timeOf(deps, change, startedAtMs));
    };
    const batch = await relayBatch({ ...deps, startSync, projectWide: true, batchSize: pace.atATime });
    if (batch.claimed === 0) pace = anew();
    else pace.adapt(await Promise.all(times));
    return batch;
  };
}

/** As `Pace` takes it. Never rejects: the change is handed over, and only the pace depends on the answer. */
async function timeOf(
  { untilAtRest }: ProjectWideDeps,
  { environmentId }: EnvironmentChange,
  startedAtMs: number,
): Promise<number | undefined> {
  const rest = await untilAtRest(environmentId).catch(() => 'busy' as const);
  const tookMs = performance.now() - startedAtMs;
  return { ended: tookMs, waiting: undefined, busy: Infinity }[rest];
}
