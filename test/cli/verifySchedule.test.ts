import assert from 'node:assert/strict';
import { ScheduleNotFoundError } from '@temporalio/client';
import { verifyScheduleId } from '../../src/sweeps/verifySchedule.js';
import { useSystem } from '../support/system.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('the schedule of verifications', () => {
  const system = useSystem();
  const migrate = (settings: Record<string, string> = {}) =>
    envsync(['migrate'], { ...system.env, ...settings });
  const schedule = () => system.client.schedule.getHandle(verifyScheduleId(system.database.name));

  it('is not created with VERIFY_SCHEDULE=off, nor by a dry run, which says that it would be', async () => {
    assert.equal((await migrate({ VERIFY_SCHEDULE: 'off' })).status, 0);
    const dry = await envsync(['migrate', '--dry-run'], system.env);
    assert.match(dry.stderr, /would be created: schedule verify-environment-documents\//);
    assert.match(dry.stdout, /^-- Nothing to do/);
    await assert.rejects(schedule().describe(), ScheduleNotFoundError);
  });

  it('is created by migrate, verifies and repairs everything once a day, and stays as it was changed', async () => {
    const first = await migrate();
    assert.match(first.stdout, /^created: schedule verify-environment-documents\/.* in the namespace/m);
    const { action, policies, spec } = await schedule().describe();
    assert.deepEqual(
      [action.workflowType, action.workflowId, action.taskQueue, action.args],
      [
        'verifyEnvironmentDocuments',
        `verify-environment-documents/${system.database.name}/all`,
        system.taskQueue,
        [{ all: true, repair: true }],
      ],
    );
    assert.deepEqual([policies.overlap, policies.catchupWindow, spec.jitter], ['SKIP', 600_000, 3_600_000]);
    assert.deepEqual(spec.intervals, [{ every: 86_400_000, offset: 10_800_000 }]);

    await schedule().update((found) => ({ ...found, spec: { intervals: [{ every: '1 week' }] } }));
    await schedule().pause('a holiday');
    const second = await migrate();
    assert.match(second.stdout, /^already there: schedule verify-environment-documents\//m);
    const changed = await schedule().describe();
    assert.deepEqual([changed.spec.intervals?.[0]?.every, changed.state.paused], [604_800_000, true]);
  });

  it('starts a verification that says in its id when', async () => {
    await schedule().unpause();
    await schedule().trigger();
    let started: string | undefined;
    do
      [started] = (await schedule().describe()).info.recentActions.map(
        ({ action }) => action.workflow.workflowId,
      );
    while (started === undefined);
    assert.match(started, new RegExp(`^verify-environment-documents/${system.database.name}/all-\\d{4}-`));
    await system.client.workflow.getHandle(started).terminate();
  });

  it('is deleted by uninstall --yes, after uninstall has said so', async () => {
    const uninstall = (...args: string[]) => envsync(['uninstall', ...args], system.env);
    const planned = await uninstall();
    assert.equal(planned.status, 1);
    assert.match(planned.stdout, /^would remove: schedule verify-environment-documents\//m);
    await schedule().describe();

    const { status, stdout, stderr } = await uninstall('--yes');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^removed: schedule verify-environment-documents\//m);
    await assert.rejects(schedule().describe(), ScheduleNotFoundError);
    assert.equal((await uninstall()).stdout, 'There is nothing to remove.\n');
  });
});
