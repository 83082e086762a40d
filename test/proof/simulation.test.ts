import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from '../../bench/frame/bench.js';
import type { BenchRun } from '../../bench/frame/results.js';

const REGISTER = './proof/simulation/substitutes/register.mjs';
const RUNS = 20_000;
const SEED = 1;

interface Ended {
  status: number;
  stdout: string;
}

/** In a process of its own, as it replaces clocks and Temporal's libraries. */
const command = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [`--import=${REGISTER}`, 'proof/simulation/main.ts', ...args],
      { maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const status = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve({ status, stdout: stdout + stderr });
      },
    );
  });

async function simulate(...args: string[]): Promise<Ended & { result: BenchResult }> {
  const folder = await mkdtemp(join(tmpdir(), 'simulation-'));
  try {
    const json = join(folder, 'result.json');
    const ended = await command('--seed', String(SEED), '--json', json, ...args);
    const run = JSON.parse(await readFile(json, 'utf8').catch(() => assert.fail(ended.stdout))) as BenchRun;
    return { ...ended, result: run.benches[0]!.result! };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The second column of a table, by the first. */
function figures({ tables }: BenchResult, title: string): Map<string, number> {
  const table = tables.find((one) => one.title === title);
  assert.ok(table, title);
  return new Map(table.rows.map(([name, figure]) => [String(name), Number(figure)]));
}

const runsOf = ({ tables }: BenchResult) => {
  const [, runs, interleavings] = tables.find(({ title }) => title === 'Runs')!.rows[0]!;
  return { runs: Number(runs), interleavings: Number(interleavings) };
};

describe('npm run simulate', function () {
  this.timeout(300_000);

  it(`finds no fault in ${RUNS.toLocaleString('en')} runs, in which all that is to be survived came about`, async () => {
    const { status, stdout, result } = await simulate('--runs', String(RUNS));

    assert.equal(status, 0, stdout);
    assert.deepEqual(
      result.limits.map(({ measured, atMost }) => ({ measured, atMost })),
      Array.from({ length: 7 }, () => ({ measured: 0, atMost: 0 })),
    );
    const { runs, interleavings } = runsOf(result);
    assert.equal(runs, RUNS);
    assert.ok(interleavings > 0.99 * RUNS, `${interleavings} interleavings`);
    const situations = figures(result, 'Situations that came about');
    for (const name of [
      'activitiesTimedOut',
      'changeKey',
      'changeKeyAndBack',
      'crashPostgres',
      'deleteEnvironment',
      'deleteThenRestore',
      'environmentDocumentDeleted',
      'epochs begun',
      'failOver',
      'flagged states committed',
      'freezeWorker',
      'half-made states committed',
      'killWorker',
      'lateCommits',
      'outcome deleted',
      'outcome paused',
      'outcome seeding',
      'outcome superseded',
      'outcome written',
      'puts of zombies accepted',
      'puts of zombies refused',
      'replays',
      'rollbacks',
      'syncs: SeedingTimedOut',
      'syncs: continueAsNew',
      'unhandledCommands',
      'workflowTasksLost',
    ])
      assert.ok((situations.get(name) ?? 0) > 10, `${name}: ${situations.get(name) ?? 0} times`);
  });

  it('repeats a run step by step', async () => {
    const [first, again, other] = await Promise.all([
      command('--only', '7'),
      command('--only', '7'),
      command('--only', '8'),
    ]);

    assert.equal(first.status, 0, first.stdout);
    assert.ok(first.stdout.split('\n').length > 30, first.stdout);
    assert.equal(again.stdout, first.stdout);
    assert.notEqual(other.stdout, first.stdout);
  });

  it('gives the same result whatever the number of processes', async () => {
    const [one, two] = await Promise.all([
      simulate('--runs', '60', '--jobs', '1'),
      simulate('--runs', '60', '--jobs', '2'),
    ]);

    const counted = ({ result }: typeof one) => figures(result, 'Situations that came about');
    assert.deepEqual(counted(one), counted(two));
    assert.deepEqual(runsOf(one.result), runsOf(two.result));
  });

  it('ends with status 2 where the command is wrong', async () => {
    assert.equal((await command('--arm', 'nothing')).status, 2);
    assert.equal((await command('--runs', '0')).status, 2);
  });

  it('of a run with a fault says how it is run again, and shrinks it', async () => {
    const { status, stdout } = await simulate('--arm', 'no-guard', '--until-finding', '--runs', String(RUNS));

    assert.equal(status, 1, stdout);
    assert.match(stdout, /Again: npm run simulate -- --only \d+ --arm no-guard/);
  });

  describe('with a part of what guards documents taken away, finds faults:', () => {
    let found: Map<string, Map<string, number>>;
    before(async () => {
      const { status, stdout, result } = await simulate('--control', '--runs', String(RUNS));
      assert.equal(status, 0, stdout);
      const { columns, rows } = result.tables[0]!;
      found = new Map(
        rows.map(([arm, ...counts]) => [
          String(arm).split(':')[0]!,
          new Map(counts.map((count, i) => [columns[i + 1]!, Number(count)])),
        ]),
      );
    });

    it("in Flagsmith's own way partial, stale and resurrected documents", () => {
      for (const kind of ['partial', 'stale', 'resurrected'])
        assert.ok(found.get('flagsmith')!.get(kind)! > 0);
    });

    for (const [arm, kinds] of Object.entries({
      'no-guard': ['partial'],
      'no-put-condition': ['stale', 'orderFell', 'resurrected', 'lost'],
      'outbox-after-commit': ['lost'],
      'outbox-before-commit': ['lost'],
      'no-epoch': ['lost', 'failed without a reason'],
      'no-second-delete': ['resurrected'],
      'clear-after-read': ['lost'],
      'delete-before-signal': ['lost'],
    }))
      it(`${arm}: ${kinds.join(', or ')}`, () => {
        const counts = found.get(arm);
        assert.ok(counts, 'the arm was not run');
        assert.ok(kinds.some((kind) => counts.get(kind)! > 0));
      });
  });
});
