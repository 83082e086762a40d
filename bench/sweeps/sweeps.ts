import assert from 'node:assert/strict';
import { startRebuildSweep, startVerifySweep } from '../../src/sweeps/startSweep.js';
import type { VerifyProgress, VerifySweepInput } from '../../src/workflows/verifyContract.js';
import type { LiveServers } from '../frame/liveSystem.js';

/** How many environments the sweeps of the benches are of, unless told otherwise. */
export const ENVIRONMENTS = 10_000;

/** Sweeps take these from whoever starts them. */
export const settingsOf = ({ instanceName, config: { taskQueue } }: LiveServers) => ({
  instanceName,
  taskQueue,
});

/** Rebuilds all documents, of which there are `count`; gives the milliseconds from the start to the result. */
export async function rebuildAll(servers: LiveServers, count: number): Promise<number> {
  const startedAt = performance.now();
  const sweep = await startRebuildSweep(servers.client, settingsOf(servers), { all: true });
  const { done, outcomes } = await sweep.result();
  const ms = performance.now() - startedAt;
  assert.deepEqual({ done, outcomes }, { done: count, outcomes: { written: count } });
  return ms;
}

/** Verifies everything and mends what differs. */
export async function verifyAll(
  servers: LiveServers,
  options: Pick<VerifySweepInput, 'seedMissing'> = {},
): Promise<{ progress: VerifyProgress; ms: number }> {
  const startedAt = performance.now();
  const input = { all: true, repair: true, ...options };
  const sweep = await startVerifySweep(servers.client, settingsOf(servers), input);
  const progress = await sweep.result();
  return { progress, ms: performance.now() - startedAt };
}
