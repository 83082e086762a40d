import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { startRebuildSweep } from '../../src/sweeps/startSweep.js';
import { sweepProgress } from '../../src/workflows/sweepContract.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { type LiveServers, withLiveServers } from '../frame/liveSystem.js';
import { kill, startWorkerProcess } from '../frame/workerProcess.js';
import { readDocuments } from './documents.js';
import { describeData, generateEnvironments } from './environments.js';
import { ENVIRONMENTS, settingsOf } from './sweeps.js';

export const killBench: Bench = {
  name: 'kill',
  summary: 'a worker killed in the middle of a rebuild of 10,000 environments: the next one completes it',
  run: (context) => {
    const count = context.environments ?? ENVIRONMENTS;
    return withLiveServers(
      context.progress,
      (url) => generateEnvironments(url, count),
      (servers) => measure(servers, count, context),
    );
  },
};

async function measure(
  servers: LiveServers,
  count: number,
  { progress }: BenchContext,
): Promise<BenchResult> {
  const workers: ChildProcess[] = [await startWorkerProcess(servers)];
  try {
    progress('a rebuild of empty tables');
    const startedAt = performance.now();
    const sweep = await startRebuildSweep(servers.client, settingsOf(servers), { all: true });
    const seen: number[] = [];
    const look = async () => seen.push((await sweep.query(sweepProgress)).done);
    while ((seen.at(-1) ?? 0) < count / 2) {
      await look();
      await delay(100);
    }
    const doneByThen = seen.at(-1) ?? 0;
    const killedAt = performance.now();
    await Promise.all(workers.map(kill));
    progress(`the worker was killed after ${doneByThen} environments`);
    workers.push(await startWorkerProcess(servers));
    const looking = new AbortController();
    const looks = lookOn(look, looking.signal);
    const result = await sweep.result();
    const endedAt = performance.now();
    looking.abort();
    await looks;
    await look();
    const all = count + 1; // with that of the other organisation
    assert.deepEqual([result.done, result.outcomes], [all, { written: all }]);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
      'progress went backwards',
    );
    const documents = await readDocuments(servers);
    assert.equal([...documents.values()].filter(({ v1, v2 }) => v1 && v2).length, all);
    return {
      settings: describeData(count),
      tables: [
        {
          title: 'A rebuild whose worker was killed; every document is there, progress never went backwards',
          columns: ['', ''],
          rows: [
            ['environments done when it was killed', doneByThen],
            ['seconds until then', ((killedAt - startedAt) / 1_000).toFixed(1)],
            ['seconds from the kill to the end', ((endedAt - killedAt) / 1_000).toFixed(1)],
            ['looks at its progress', seen.length],
          ],
        },
      ],
      limits: [],
    };
  } finally {
    await Promise.all(workers.map(kill));
  }
}

/** Where no worker is there to answer, the next look is tried. */
async function lookOn(look: () => Promise<unknown>, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await look().catch(() => undefined);
    await delay(200, undefined, { signal: ended }).catch(() => undefined);
  }
}
