import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { givenMemory, type MemoryGiven, type MemoryPlan, planMemory } from '../../src/worker/memory.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** What Node.js says of a container without a limit, by its version. */
const UNBOUNDED = [0, 2 ** 64];

describe('planMemory', () => {
  const plan = (given: Partial<MemoryGiven>) =>
    planMemory({
      totalBytes: 24 * GIB,
      containerBytes: 0,
      heapLimitBytes: 4 * GIB,
      nodeOptions: [],
      ...given,
    });
  const inContainer = (mib: number) => plan({ containerBytes: mib * MIB });

  const flagsOf = ({ v8Flags }: MemoryPlan) =>
    Object.fromEntries(v8Flags.map((flag) => flag.split('=') as [string, string]));
  const heapMiB = (some: MemoryPlan) => Number(flagsOf(some)['--max-old-space-size']);

  it('gives workflows a quarter of what the container may take, and a cache of that size', () => {
    assert.deepEqual(inContainer(512), {
      maxCachedWorkflows: 256,
      v8Flags: ['--max-old-space-size=128', '--max-semi-space-size=8', '--heap-growing-percent=50'],
    });
    assert.deepEqual(inContainer(1_024), {
      maxCachedWorkflows: 512,
      v8Flags: ['--max-old-space-size=256', '--max-semi-space-size=8', '--heap-growing-percent=50'],
    });
  });

  it('gives them no less than they need to run at all, and no more than is of use', () => {
    assert.equal(heapMiB(inContainer(128)), 64);
    assert.equal(inContainer(128).maxCachedWorkflows, 128);
    assert.equal(heapMiB(inContainer(16 * 1_024)), 1_024);
    assert.equal(inContainer(16 * 1_024).maxCachedWorkflows, 2_048);
  });

  it('plans as for 512 MiB where nothing bounds it, however large the machine is', () => {
    for (const containerBytes of UNBOUNDED) assert.deepEqual(plan({ containerBytes }), inContainer(512));
  });

  it('plans by the machine where that has less', () => {
    const small = plan({ totalBytes: 320 * MIB, containerBytes: 2 ** 64 });
    assert.deepEqual(small, inContainer(320));
    assert.equal(heapMiB(small), 80);
  });

  const ALL = ['--max-old-space-size', '--max-semi-space-size', '--heap-growing-percent'];
  for (const [option, left] of [
    ['--max-old-space-size=700', '--max-old-space-size'],
    ['--max_old_space_size=700', '--max-old-space-size'],
    ['--max-old-space-size-percentage=50', '--max-old-space-size'],
    ['--max-heap-size=700', '--max-old-space-size'],
    ['--max-semi-space-size=16', '--max-semi-space-size'],
    ['--heap-growing-percent=100', '--heap-growing-percent'],
  ] as const)
    it(`leaves to Node.js what ${option} says`, () => {
      const { v8Flags } = plan({ nodeOptions: ['--enable-source-maps', option] });
      assert.deepEqual(
        v8Flags.map((flag) => flag.split('=')[0]),
        ALL.filter((name) => name !== left),
      );
    });

  it('caches no more than fits the heap that was given', () => {
    const nodeOptions = ['--max-old-space-size=50'];
    assert.equal(plan({ nodeOptions, heapLimitBytes: 50 * MIB }).maxCachedWorkflows, 100);
    assert.equal(plan({ nodeOptions, heapLimitBytes: 700 * MIB }).maxCachedWorkflows, 256);
  });
});

describe('givenMemory', () => {
  it('is what this process has', () => {
    const given = givenMemory();
    assert.equal(given.totalBytes, totalmem());
    assert.equal(given.containerBytes, process.constrainedMemory());
    assert.ok(given.heapLimitBytes > 64 * MIB);
  });

  it('knows the options of the command line and those of NODE_OPTIONS', () => {
    const options = inProcess(
      ['--max-semi-space-size=3'],
      '--max-old-space-size=99',
      'givenMemory().nodeOptions',
    );
    assert.deepEqual(
      (options as string[]).filter((option) => option.startsWith('--max-')),
      ['--max-semi-space-size=3', '--max-old-space-size=99'],
    );
  });
});

describe('boundHeaps', () => {
  const THREAD = `
    import { getHeapStatistics } from 'node:v8';
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage(getHeapStatistics().heap_size_limit / 2 ** 20);`;
  const IN_THREAD = `
    await new Promise((resolve) => {
      boundHeaps(planMemory({ ...givenMemory(), containerBytes: 400 * 2 ** 20 }));
      new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(THREAD)}))).on('message', resolve);
    })`;

  it('reaches a thread that is made afterwards', () => {
    const limitMiB = inProcess([], '', IN_THREAD) as number;
    // The old generation, and three of the semi-spaces.
    assert.equal(limitMiB, 100 + 3 * 8);
  });

  it('leaves it the limit that an operator has set', () => {
    const limitMiB = inProcess([], '--max-old-space-size=300 --max-semi-space-size=1', IN_THREAD) as number;
    assert.equal(limitMiB, 300 + 3 * 1);
  });

  it('has the isolate that is there already collect earlier', () => {
    const bounded = inProcess([], '', `${CHURN}(boundHeaps(planMemory(givenMemory())))`) as number;
    const unbounded = inProcess([], '', `${CHURN}()`) as number;
    assert.ok(bounded < 0.7 * unbounded, `${bounded} MiB, and ${unbounded} MiB without it`);
  });
});

/** To how many MiB the old space grows while as many objects are kept, and the oldest of them replaced. */
const CHURN = `(() => {
  const object = (i) => ({ i, of: [i, i], text: 'number ' + i });
  const kept = Array.from({ length: 100_000 }, (_, i) => object(i));
  let most = 0;
  for (let i = 0; i < 3_000_000; i++) {
    kept[i % kept.length] = object(i);
    if (i % 20_000 === 0)
      most = Math.max(most, getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space').space_size);
  }
  return most / 2 ** 20;
})`;

const UNIT = fileURLToPath(new URL('../../src/worker/memory.ts', import.meta.url));

/** What an expression comes to in a process of its own, with such options. */
function inProcess(options: string[], NODE_OPTIONS: string, expression: string): unknown {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { Worker } from 'node:worker_threads';
    import { boundHeaps, givenMemory, planMemory } from ${JSON.stringify(UNIT)};
    console.log(JSON.stringify(${expression}));`;
  const printed = execFileSync(
    process.execPath,
    [...options, '--import=tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS } },
  );
  return JSON.parse(printed);
}
