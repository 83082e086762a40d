import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { listSweeps } from '../../src/sweeps/runningSweeps.js';
import type { VerifyProgress } from '../../src/workflows/verifyContract.js';
import { useSystem } from '../support/system.js';
import { type EveryDrift, makeEveryDrift } from '../verify/everyDrift.js';
import { allItems, changedKeys, type QuietEnvironments, quietEnvironments } from '../verify/environments.js';
import { untilTrue } from '../workflows/scripted.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync verify', function () {
  this.timeout(180_000);
  const system = useSystem({ TEMPORAL_UI_URL: 'https://temporal.example.com' });
  let quiet: QuietEnvironments;
  let drift: EveryDrift;

  before(async () => {
    quiet = await quietEnvironments(system, 9);
    drift = await makeEveryDrift(system, quiet);
    await system.startWorker();
  });

  const run = (...args: string[]) => envsync(['verify', ...args], system.env);
  /** The rows of the table, by environment. */
  const rowsOf = (stdout: string) =>
    Object.fromEntries(
      stdout
        .split('\n')
        .map((line) => line.split(/ {2,}/))
        .filter(([first = '']) => /^\d+$/.test(first))
        .map(([id = '', ...cells]) => [id, cells]),
    );

  it('ends with status 0 where nothing differs, and tells where to watch', async () => {
    const { status, stdout, stderr } = await run(String(drift.healthy[0]), String(drift.healthy[1]));
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '2 environments: 2 current.\n');
    const id = `verify-environment-documents/${system.database.name}/environments-${drift.healthy[0]}-${drift.healthy[1]}`;
    assert.ok(
      stderr.includes(`https://temporal.example.com/namespaces/default/workflows/${encodeURIComponent(id)}`),
    );
  });

  it('ends with status 1 where something does, with a table of it, and writes nothing', async () => {
    const before = await allItems(system);
    const { status, stdout } = await run('--all');
    assert.equal(status, 1);
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
    assert.match(stdout, /^8 environments: (2 current, 6 drifted|6 drifted, 2 current)\.$/m);
    assert.match(stdout, /^18 items looked at for environments that are not there any more: 2 drifted\.$/m);
    assert.match(stdout, /^ENVIRONMENT {2}FOUND +RESULT$/m);
    assert.deepEqual(rowsOf(stdout), {
      [drift.missing]: ['missing', 'not repaired'],
      [drift.partial]: ['partial', 'not repaired'],
      [drift.stale]: ['stale (changed after it was written)', 'not repaired'],
      [drift.foreign]: ['foreign', 'not repaired'],
      [drift.unseeded]: ['1 feature states missing', rowsOf(stdout)[drift.unseeded]?.[1]],
      [drift.rekeyed]: ['missing, stale, orphaned', 'not repaired'],
      [drift.deleted]: ['orphaned', 'not repaired'],
      [drift.unknown]: ['orphaned', 'not repaired'],
    });
    assert.match(rowsOf(stdout)[drift.unseeded]![1]!, /^of features \d+$/);
    assert.match(stdout, /^Nothing was written; --repair mends what differs\.$/m);
    assert.match(stdout, /^--seed-missing makes the feature states that are missing\.$/m);
  });

  it('ends with status 0 where all of it was repaired', async () => {
    const { status, stdout, stderr } = await run('--all', '--repair', '--seed-missing');
    assert.equal(status, 0, stderr);
    for (const [id, [, result]] of Object.entries(rowsOf(stdout)))
      assert.equal(
        result,
        id === String(drift.unseeded) ? '1 made; its sync writes them' : 'repaired',
        `environment ${id}`,
      );
    assert.equal(Object.keys(rowsOf(stdout)).length, 8);
    const progress = await envsync(['verify', '--all', '--json'], system.env);
    const { attention, repaired, drift: found } = JSON.parse(progress.stdout) as VerifyProgress;
    assert.deepEqual([attention, repaired, found], [[], [], {}]);
  });

  it('ends once it is started with --no-wait', async () => {
    const { status, stdout } = await run('--project', String(quiet.projectId), '--no-wait', '--json');
    assert.equal(status, 0);
    const { workflowId } = JSON.parse(stdout) as { workflowId: string };
    assert.equal(
      workflowId,
      `verify-environment-documents/${system.database.name}/project-${quiet.projectId}`,
    );
    await system.client.workflow.getHandle(workflowId).result();
  });

  it('ends with status 1 and the reason where the verification cannot be had', async () => {
    const { status, stderr } = await envsync(['verify', '--all'], {
      ...system.env,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    assert.equal(status, 1);
    assert.match(stderr, /No Temporal server answers at 127\.0\.0\.1:1/);
  });

  for (const [what, args, message] of [
    ['nothing is selected', [], /give one of: <environments...>, --project <id>/],
    ['two selections are', ['42', '--all'], /give one of/],
    ['a rate is none', ['42', '--read-units-per-second', '0'], /a number above 0/],
  ] as const)
    it(`ends with status 1 where ${what}, before it starts anything`, async () => {
      const { status, stderr } = await run(...args);
      assert.equal(status, 1);
      assert.match(stderr, message);
    });

  it('has its workflow cancelled by sweep cancel, as a rebuild', async () => {
    const id = `verify-environment-documents/${system.database.name}/all`;
    // So slow that it is still under way once the next command has been started.
    const started = await run('--all', '--no-wait', '--read-units-per-second', '0.01');
    assert.equal(started.status, 0);
    // Temporal lists it, and those before it no more, a moment later.
    const listed = () => listSweeps(system.client, { instanceName: system.database.name });
    await untilTrue(async () => isDeepStrictEqual(await listed(), [id]));
    const cancelled = await envsync(['sweep', 'cancel'], system.env);
    assert.equal(cancelled.status, 0, cancelled.stderr);
    assert.equal(cancelled.stdout, `cancel: ${id}\n`);
  });
});

describe('envsync rebuild of many', () => {
  const system = useSystem();

  it('shows what became of it with --wait, and its page without', async () => {
    const { projectId } = await quietEnvironments(system, 3);
    await system.startWorker();
    const run = (...args: string[]) =>
      envsync(['rebuild', '--project', String(projectId), ...args], system.env);
    const { status, stdout } = await run('--wait');
    assert.deepEqual([status, stdout], [0, '3 environments: 3 written.\n']);
    const started = await run();
    assert.match(started.stdout, /^Started rebuild-environment-documents\/.*: http:/m);
    const json = JSON.parse((await run('--wait', '--json')).stdout) as { outcomes: object };
    assert.deepEqual(json.outcomes, { written: 3 });
  });
});
