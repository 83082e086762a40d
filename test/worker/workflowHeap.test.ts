import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { givenMemory, planMemory } from '../../src/worker/memory.js';
import { useSystem } from '../support/system.js';

const PRELOADED = fileURLToPath(new URL('../support/printHeapOfThreads.cjs', import.meta.url));

describe('the thread in which a worker runs its workflows', function () {
  this.timeout(60_000);
  const system = useSystem();

  /** What a worker in a process of its own says until it has started. */
  async function start(nodeOptions = '', settings: Record<string, string> = {}) {
    let said = '';
    const worker = await system.spawnWorker(
      { ...settings, NODE_OPTIONS: `--require=${PRELOADED} ${nodeOptions}` },
      (text) => (said += text),
    );
    // Its threads speak through another pipe than its log: all is heard once both are closed.
    const closed = once(worker, 'close');
    worker.kill('SIGKILL');
    await closed;
    return {
      heapMiB: Number(/heap of a thread: ([\d.]+) MiB/.exec(said)?.[1]),
      maxCachedWorkflows: Number(/"max_cached_workflows":(\d+)/.exec(said)?.[1]),
    };
  }

  it('has a heap, and a cache, by the memory that there is', async () => {
    const plan = planMemory({ ...givenMemory(), nodeOptions: [] });
    const [oldSpace = NaN, semiSpace = NaN] = plan.v8Flags.map((flag) => Number(flag.split('=')[1]));
    assert.deepEqual(await start(), {
      heapMiB: oldSpace + 3 * semiSpace,
      maxCachedWorkflows: plan.maxCachedWorkflows,
    });
  });

  it('has those that an operator has set', async () => {
    const options = '--max-old-space-size=222 --max-semi-space-size=1';
    assert.deepEqual(await start(options, { WORKER_MAX_CACHED_WORKFLOWS: '77' }), {
      heapMiB: 225,
      maxCachedWorkflows: 77,
    });
  });
});
