import assert from 'node:assert/strict';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import type { RunningWorker } from '../../src/worker.js';
import { silently } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';

describe('a running worker', () => {
  const system = useSystem();
  let worker: RunningWorker;

  before(async () => {
    worker = await system.startWorker();
  });

  async function get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${worker.httpPort}${path}`);
    return { status: response.status, text: await response.text() };
  }
  const metric = async (line: string) =>
    Number(
      (await get('/metrics')).text.match(new RegExp(`^${line.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm'))?.[1],
    );

  it('serves its counters from zero on, with those of the Temporal SDK', async () => {
    assert.equal(await metric('flagsmith_environment_document_writes_total{result="success"}'), 0);
    assert.equal(await metric('flagsmith_environment_document_writes_total{result="failure"}'), 0);
    assert.equal(await metric('flagsmith_environment_document_outbox_rows'), 0);
    // The SDK's come with its first polls.
    while (!/^temporal_worker_task_slots_available\{/m.test((await get('/metrics')).text));
  });

  it('counts a write, and tells of it in one line with the ids to join on', async () => {
    const projectId = await insertProject(system.database.sql);
    // The audit row alone tells of it: one write.
    const environmentId = await silently(system.database, (sql) => insertEnvironment(sql, projectId));
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    while ((await metric('flagsmith_environment_document_writes_total{result="success"}')) === 0);
    const workflowId = `environment-document-sync/${system.database.name}/${environmentId}`;
    const written = system.logged.filter(
      (line) => line['event'] === 'environment_document.written' && line['workflowId'] === workflowId,
    );
    assert.equal(written.length, 1);
    const [line] = written;
    assert.equal(line!['level'], 'info');
    assert.match(String(line!['timestamp']), /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
    assert.equal(line!['environment__id'], environmentId);
    assert.equal(line!['project__id'], projectId);
    assert.equal(await metric('flagsmith_environment_document_sync_lag_seconds_count'), 1);
  });

  it('is healthy and ready while what it needs answers', async () => {
    assert.deepEqual(await get('/healthz'), { status: 200, text: 'ok\n' });
    assert.deepEqual(await get('/readyz'), { status: 200, text: 'ok\n' });
    assert.equal((await get('/elsewhere')).status, 404);
  });

  it('is healthy but not ready while a table is gone, and says which', async () => {
    await system.dynamo.send(new DeleteTableCommand({ TableName: system.tables.v2 }));
    const ready = await get('/readyz');
    assert.equal(ready.status, 503);
    assert.match(ready.text, /ENVIRONMENTS_V2_TABLE_NAME_DYNAMO/);
    assert.equal((await get('/healthz')).status, 200);
  });

  it('stops when told so', async () => {
    worker.stop();
    await worker.finished;
    await assert.rejects(get('/healthz'));
  });
});

describe('a worker', () => {
  const system = useSystem();

  it('refuses to start for an instance that the database does not belong to', async () => {
    await assert.rejects(
      system.startWorker({ INSTANCE_NAME: 'other' }),
      /belongs to the instance "test_\d+", not "other"/,
    );
  });

  it('refuses to start without its tables, naming the variable', async () => {
    await assert.rejects(
      system.startWorker({ ENVIRONMENTS_TABLE_NAME_DYNAMO: 'no_such_table' }),
      /ENVIRONMENTS_TABLE_NAME_DYNAMO is "no_such_table": there is no such table/,
    );
  });

  it('refuses to start with a table of identities that is not there, or is another one', async () => {
    await assert.rejects(
      system.startWorker({ IDENTITIES_TABLE_NAME_DYNAMO: 'no_such_table' }),
      /IDENTITIES_TABLE_NAME_DYNAMO is "no_such_table": there is no such table/,
    );
    await assert.rejects(
      system.startWorker({ IDENTITIES_TABLE_NAME_DYNAMO: system.tables.v2 }),
      /it has no index environment_api_key-identifier-index\. .* left empty/,
    );
  });
});
