import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { Narrator } from '../../../src/embedded/demo/narrate.js';
import { show } from '../../../src/embedded/demo/show.js';
import { setStage } from '../../../src/embedded/demo/stage.js';

const SHOW_WITHIN_MS = 120_000;

/** The demo's servers and worker, and what it plays on them. */
export interface DemoRun {
  /** Where the worker serves `/metrics`, host and port. */
  workerAddress: string;
  /** Plays everything. */
  play(): Promise<void>;
  stop(): Promise<void>;
}

export async function startDemo(): Promise<DemoRun> {
  // Its worker is the one that is built.
  assert.equal(spawnSync(process.execPath, ['scripts/build-if-stale.mjs'], { stdio: 'inherit' }).status, 0);
  const stage = await setStage(silent, new AbortController().signal);
  return {
    workerAddress: new URL(stage.worker.url).host,
    async play() {
      await show(stage, silent, AbortSignal.timeout(SHOW_WITHIN_MS));
    },
    stop: () => stage.stop(),
  };
}

const nothing = () => undefined;
const silent: Narrator = {
  heading: nothing,
  line: nothing,
  aside: nothing,
  good: nothing,
  startClock: nothing,
  event: nothing,
  stopClock: nothing,
};
