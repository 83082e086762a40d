import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { findTemporalServer } from '../../src/embedded/findTemporalServer.js';
import { createVerifySchedule, deleteVerifySchedule } from '../../src/sweeps/verifySchedule.js';
import { envsync, outcomeOf, useBuiltEnvsync } from '../cli/envsync.js';
import { insertAuditLog, insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { type Place, readBlocks, readEnvsyncCommands, typed, wordsOf } from './guide.js';

describe('docs/operating.md', () => {
  const blocks = readBlocks();

  it('has the former tctl command for each temporal one', () => {
    for (const { temporal, tctl } of blocks) assert.equal(tctl.length, temporal.length, temporal.join('\n'));
    assert.ok(blocks.flatMap(({ temporal }) => temporal).length >= 20);
  });

  describe('gives temporal commands, each tried in the order of the page, that', function () {
    this.timeout(120_000);
    let place: Place;
    let folder: string;
    // Before the system's own: it ends the connection.
    after(async () => {
      await deleteVerifySchedule(system.client, system.database.name);
      await rm(folder, { recursive: true, force: true });
    });
    const system = useSystem();

    before(async () => {
      const { sql, name } = system.database;
      const projectId = await insertProject(sql);
      const environmentIds = [];
      // So many that the slow rebuild goes on until it is paused, and then until it is cancelled.
      for (let n = 0; n < 40; n++) environmentIds.push(await insertEnvironment(sql, projectId));
      const featureId = await insertFeature(sql, projectId, 'half made', { is_creating: true });
      const [environmentId] = environmentIds as [number];
      place = { instanceName: name, taskQueue: system.taskQueue, projectId, environmentId, featureId };
      await createVerifySchedule(system.client, { instanceName: name, taskQueue: system.taskQueue });
      await system.startWorker();
      await insertAuditLog(sql, { projectId, environmentId });
      while (!(await isThere(environmentId)));
      folder = await folderWithTemporal();
    });

    const isThere = (environmentId: number) =>
      system
        .syncOf(environmentId)
        .describe()
        .then(
          () => true,
          () => false,
        );

    for (const command of blocks.flatMap(({ temporal }) => temporal))
      it(`succeed: ${command.slice(0, 110)}`, async () => {
        const { status, stderr } = await run(typed(command, place));
        assert.equal(status, 0, stderr);
        if (command.includes('--type finishSeeding')) await untilEnded(typed(command, place));
      });

    /** What follows in the page takes for granted that nothing is being seeded any more. */
    async function untilEnded(started: string): Promise<void> {
      const [, workflowId = ''] = /--workflow-id (\S+)/.exec(started) ?? [];
      await system.client.workflow
        .getHandle(workflowId)
        .result()
        .catch((error: unknown) => {
          assert.ok(error instanceof WorkflowFailedError, String(error));
        });
    }

    const run = (command: string) =>
      outcomeOf(
        spawn('sh', ['-c', command], {
          env: {
            PATH: `${folder}:${process.env['PATH'] ?? ''}`,
            HOME: folder,
            TEMPORAL_ADDRESS: system.env['TEMPORAL_ADDRESS'],
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
  });

  describe('gives envsync commands that', () => {
    useBuiltEnvsync();
    const commands = [...new Set(readEnvsyncCommands().map(wordsOf))];

    it('are many', () => {
      assert.ok(commands.length >= 12, commands.join(', '));
    });

    for (const words of commands)
      it(`are there: ${words}`, async () => {
        const { status, stdout } = await envsync([...words.split(' ').slice(1), '--help']);
        assert.equal(status, 0);
        assert.match(stdout, new RegExp(`^Usage: ${words} `));
        const used = readEnvsyncCommands().filter((command) => wordsOf(command) === words);
        for (const [option] of used.join(' ').matchAll(/--[a-z-]+/g))
          assert.ok(stdout.includes(option), `${words} has no ${option}`);
      });
  });
});

/** The CLI that the tests' server was started with, under its own name. */
async function folderWithTemporal(): Promise<string> {
  const found = await findTemporalServer(() => undefined, { ...process.env, TEMPORAL_ADDRESS: undefined });
  assert.ok('command' in found);
  const folder = await mkdtemp(path.join(tmpdir(), 'temporal-'));
  if (path.isAbsolute(found.command)) await symlink(found.command, path.join(folder, 'temporal'));
  return folder;
}
