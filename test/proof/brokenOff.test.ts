import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type BenchResult, isKept } from '../../bench/frame/bench.js';
import { FAULT_KINDS } from '../../proof/faults/kinds.js';
import { reportOf as reportOfFaults, runFaults } from '../../proof/faults/run.js';
import { ensureBuilt } from '../../proof/faults/workerProcess.js';
import { resultOf as reportOfInterleavings } from '../../proof/interleavings/result.js';
import { runInterleavings } from '../../proof/interleavings/runs.js';
import { KILL_POINTS, type KillPoint } from '../../proof/killPoints/points.js';
import { reportOf as reportOfKillPoints, runKillPoints } from '../../proof/killPoints/run.js';
import { directWriter } from '../../proof/stage/directWriter.js';
import { proofServers } from './servers.js';
import { useStage } from './useStage.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const progress = () => undefined;
const breakingOff = () => Promise.reject(new Error('Nobody expected this.\nIts details.'));

function assertOneBrokeOff({ limits }: BenchResult, runs: string): void {
  const limit = limits.find(({ what }) => what === `${runs} that broke off`);
  assert.ok(limit);
  assert.deepEqual([limit.measured, isKept(limit)], [1, false]);
}

describe('a run that throws is a finding, and the next one goes on:', function () {
  this.timeout(300_000);
  before(ensureBuilt);

  it('a fault', async () => {
    const [sound] = FAULT_KINDS.filter(({ name }) => name === 'worker: clock minutes ahead');
    assert.ok(sound);
    const kinds = [{ name: 'one that cannot be begun', breaks: breakingOff }, sound];
    const run = { kinds, repeats: 1, seed: 2, outageMs: 100, progress };
    const incidents = await runFaults(run);
    assert.deepEqual(
      incidents.map(({ kind, failed, convergedMs }) => [kind.name, failed, convergedMs.length]),
      [
        [kinds[0]?.name, 'Nobody expected this.', 0],
        [sound.name, undefined, 5],
      ],
    );
    const result = reportOfFaults(incidents, run, 1_000);
    assertOneBrokeOff(result, 'faults');
    assert.ok(result.tables[0]?.notes?.includes(`${kinds[0]?.name}: failed: Nobody expected this.`));
  });

  it('a death', async () => {
    const [sound] = KILL_POINTS;
    assert.ok(sound);
    const unknown = { ...sound, name: 'one in no scenario', scenario: 'none' } as unknown as KillPoint;
    const run = { points: [unknown, sound], repeats: 1, seed: 2, lanes: 1, progress };
    const deaths = await runKillPoints(await proofServers(), run);
    assert.deepEqual(
      run.points.map((point) => deaths.find((death) => death.point === point)?.failed !== undefined),
      [true, false],
    );
    assertOneBrokeOff(reportOfKillPoints(deaths, run, 1_000), 'deaths');
  });

  describe('an interleaving', () => {
    const stage = useStage();

    it('of several', async () => {
      const writer = directWriter(stage);
      let begun = 0;
      const run = { seed: 1, runs: 2, atATime: 1, creations: false };
      const outcome = await runInterleavings(
        {
          stage,
          writeFirst: (id) => (begun++ === 0 ? breakingOff() : writer.write(id)),
          untilQuiet: () => Promise.resolve(new Map()),
        },
        run,
      ).finally(() => writer.close());
      assert.equal(outcome.done, 1);
      assert.match(outcome.traces[0] ?? '', /of seed 1 broke off: Error: Nobody expected this\./);
      const whole = { refusedWrites: 0, seedingWaits: 0, superseded: 0, readings: 0, contradictions: [] };
      assertOneBrokeOff(reportOfInterleavings(run, { ...outcome, ...whole }), 'interleavings');
    });
  });
});

describe('an error that no run awaits', () => {
  it('is counted in the result of the command, which ends with status 1', () => {
    const command = `
      import { setTimeout as delay } from 'node:timers/promises';
      import { report } from './proof/command.ts';
      await report({ name: 'proof', summary: '', command: '' }, {}, async () => {
        setTimeout(() => { throw new Error('Nobody awaited this.'); });
        await delay(100);
        return { settings: { runs: 1 }, tables: [], limits: [] };
      });`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import=tsx', '--input-type=module', '--eval', command],
      { cwd: PROJECT, encoding: 'utf8' },
    );
    assert.equal(status, 1, stderr);
    assert.match(stdout, /BROKEN {2}errors that nobody awaited: 1/);
    assert.match(stderr, /Nobody awaited this\./);
  });
});
