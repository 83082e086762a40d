import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Result } from '../../src/cli/doctor/check.js';
import { temporalChecks } from '../../src/cli/doctor/temporalChecks.js';
import { examine } from '../cli/examine.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';

describe('workers whose versions Temporal tells apart', function () {
  this.timeout(120_000);
  const system = useSystem();
  const deploymentName = () => `documents-${system.taskQueue}`;
  const startVersion = (buildId: string) =>
    system.startWorker({
      TEMPORAL_DEPLOYMENT_NAME: deploymentName(),
      TEMPORAL_WORKER_BUILD_ID: buildId,
      SEEDING_MAX_ATTEMPTS: '30',
    });

  const checkWorkers = async () => {
    const connection = { address: system.env['TEMPORAL_ADDRESS']! };
    const { instanceName, namespace } = { instanceName: system.database.name, namespace: 'default' };
    const settings = { connection, namespace, instanceName, schedulesVerification: false };
    return (await examine(temporalChecks({ ...settings, taskQueue: system.taskQueue }))).workers;
  };

  /** Temporal tells of polls, and of a version that has become current, a moment later. */
  async function untilFound(text: RegExp): Promise<Result> {
    for (;;) {
      const workers = (await checkWorkers())!;
      if (text.test(workers.found)) return workers;
      await delay(50);
    }
  }

  /** Temporal refuses it until the version has polled all task queues that the one before did. */
  async function setCurrent(buildId: string): Promise<void> {
    const request = { namespace: 'default', deploymentName: deploymentName(), buildId, identity: 'test' };
    for (;;)
      try {
        await system.client.workflowService.setWorkerDeploymentCurrentVersion(request);
        return;
      } catch (error) {
        assert.match(String(error), /not found|does not exist|missing|expected/i);
        await delay(200);
      }
  }

  it('work once their version is current, and take over what is under way', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const environmentId = await insertEnvironment(sql, projectId, { is_creating: true });
    const older = await startVersion('1');
    await insertAuditLog(sql, { projectId, environmentId });
    const sync = system.syncOf(environmentId);
    const eventTypes = async () =>
      (await sync.fetchHistory()).events?.filter((event) => event.workflowTaskCompletedEventAttributes) ?? [];

    while ((await sync.describe().catch(() => undefined)) === undefined) await delay(50);
    await delay(1_000);
    assert.equal((await eventTypes()).length, 0, 'a version that is not current was given work');
    const { status, found, remedy } = await untilFound(/of version/);
    assert.equal(status, 'warn');
    assert.match(found, /of version 1 of documents-.*, but Temporal gives work to those without a version/);
    assert.match(remedy ?? '', /set-current-version --deployment-name documents-\S+ --build-id 1$/);

    await setCurrent('1');
    assert.equal((await untilFound(/polled/)).status, 'ok');
    while ((await eventTypes()).length === 0) await delay(50);
    const newer = await startVersion('2');
    await setCurrent('2');
    older.stop();
    await older.finished;
    await sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
    assert.equal((await sync.result()).outcome, 'written');
    const versions = (await eventTypes()).map(
      ({ workflowTaskCompletedEventAttributes: task }) => task?.deploymentVersion?.buildId,
    );
    assert.deepEqual([versions.at(0), versions.at(-1)], ['1', '2']);
    newer.stop();
    await newer.finished;
  });
});
