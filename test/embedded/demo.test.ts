import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { whatLacks } from '../../src/embedded/demo/contents.js';
import { descendantsOf, whichAreAlive } from './processes.js';

// Without a cached Temporal CLI the first start fetches one, or even builds it.
const FIRST_START_WITHIN_MS = 600_000;
const COMPLETE = /All 6 documents are complete: 13 features, 10 values and 3 variants in each\./;

/** A run of the demo, with a folder of its own for temporary files. */
interface DemoRun {
  child: ChildProcess;
  folder: string;
  output: () => string;
  /** Resolves once the pattern is in the output. */
  printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  status: Promise<number | null>;
}

describe('what the demo finds lacking in a document', () => {
  it('is each feature that is missing, has no value, or has too few variants', () => {
    const expected = ['here', 'missing', 'empty', 'halved'].map((name) => ({
      name,
      hasValue: true,
      variants: 2,
    }));
    const found = [
      { name: 'here', hasValue: true, variants: 2 },
      { name: 'empty', hasValue: false, variants: 2 },
      { name: 'halved', hasValue: true, variants: 1 },
    ];
    assert.deepEqual(whatLacks(found, expected), [
      'missing',
      'empty (its value)',
      'halved (its 1 of 2 variants)',
    ]);
    assert.deepEqual(whatLacks(expected, expected), []);
  });
});

describe('the demo', function () {
  this.timeout(FIRST_START_WITHIN_MS);
  const runs: DemoRun[] = [];
  const runDemo = async () => {
    const run = await startDemo();
    runs.push(run);
    return run;
  };
  // Both at once: each has servers of its own.
  let undisturbed: DemoRun;
  let disturbed: DemoRun;

  before(async () => {
    assert.equal(spawnSync(process.execPath, ['scripts/build-if-stale.mjs'], { stdio: 'inherit' }).status, 0);
    undisturbed = await runDemo();
    disturbed = await runDemo();
    // Its failure shows in the test that expects the worker to have been killed.
    killWorkerWhileSeeding(disturbed).catch(() => undefined);
  });

  after(async () => {
    for (const { child, status, folder } of runs) {
      child.kill('SIGKILL');
      await status;
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('shows looks that find the seeding under way and then complete documents, and leaves nothing running', async () => {
    const { child, printed, status, output } = undisturbed;
    await printed(/look 1/);
    const descendants = await descendantsOf(child.pid!);
    assert.ok(descendants.length >= 6, 'servers, supervisors and a worker');

    assert.equal(await status, 0, output());
    for (const look of [1, 2, 3]) {
      const seeding = new RegExp(`look ${look}: (still )?seeding`, 'g');
      assert.equal(output().match(seeding)?.length, 2, `once in each scene:\n${output()}`);
    }
    assert.match(output(), /would have 4 of 12 features/);
    assert.match(output(), COMPLETE);
    await assertNothingLeft(undisturbed, descendants);
  });

  it('ends with complete documents when the worker is killed in the middle of the seeding', async () => {
    assert.equal(await disturbed.status, 0, disturbed.output());
    assert.match(disturbed.output(), /The worker \d+ was killed \(SIGKILL\)/);
    assert.match(disturbed.output(), COMPLETE);
  });

  it('ends with the status of Ctrl-C and leaves nothing when interrupted in the middle of the seeding', async () => {
    const run = await runDemo();
    await run.printed(/holds the seeding up/);
    const descendants = await descendantsOf(run.child.pid!);
    run.child.kill('SIGINT');

    assert.equal(await run.status, 130, run.output());
    await assertNothingLeft(run, descendants);
  });
});

async function killWorkerWhileSeeding({ printed }: DemoRun): Promise<void> {
  const [, worker] = await printed(/Worker: process (\d+)/);
  await printed(/holds the seeding up/);
  process.kill(Number(worker), 'SIGKILL');
}

async function assertNothingLeft({ folder }: DemoRun, descendants: number[]): Promise<void> {
  // Whoever has closed its output, as all have by now, may be seen for a moment more.
  for (let look = 0; look < 20 && (await whichAreAlive(descendants)).length > 0; look++) await delay(50);
  assert.deepEqual(await whichAreAlive(descendants), []);
  // tsx keeps its own cache and socket there.
  assert.deepEqual(
    (await readdir(folder)).filter((name) => !name.startsWith('tsx-')),
    [],
  );
}

async function startDemo(): Promise<DemoRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'demo-test-'));
  // As root, PostgreSQL runs as somebody else, who has to get through to its data.
  await chmod(folder, 0o755);
  const child = spawn(process.execPath, ['--import=tsx', 'src/embedded/demo/main.ts', '--exit'], {
    env: { ...process.env, TEMPORAL_ADDRESS: '', TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const status = once(child, 'close').then(([code]) => code as number | null);
  const printed = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(output);
      if (found) return found;
      const more = await Promise.race([once(child.stdout, 'data'), status.then(() => undefined)]);
      if (more === undefined) assert.fail(`The demo ended without printing ${String(pattern)}:\n${output}`);
    }
  };
  return { child, folder, output: () => output, printed, status };
}
