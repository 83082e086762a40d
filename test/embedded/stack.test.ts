import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { Connection } from '@temporalio/client';
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { startStack } from '../../src/embedded/stack.js';
import { StackProcess, type StackAddresses } from './stackProcess.js';

// Without a cached Temporal CLI the first start fetches one, or even builds it.
const FIRST_START_WITHIN_MS = 600_000;

describe('the embedded stack', function () {
  this.timeout(FIRST_START_WITHIN_MS);
  const processes: StackProcess[] = [];

  async function spawnStack(env?: NodeJS.ProcessEnv): Promise<StackProcess> {
    const spawned = await StackProcess.spawn(env);
    processes.push(spawned);
    return spawned;
  }

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((spawned) => spawned.dispose()));
  });

  it('answers on every address, and leaves no process and no file once stopped', async () => {
    const spawned = await spawnStack();
    await assertAnswers(await spawned.started());
    const descendants = await spawned.descendants();
    assert.ok(descendants.length >= 5, 'two supervisors and three servers at least');
    await spawned.stop();
    await spawned.assertNothingLeft(descendants, 1_000);
  });

  it('leaves no process and no file when the process that runs it is killed', async () => {
    const spawned = await spawnStack();
    await spawned.started();
    const descendants = await spawned.descendants();
    process.kill(spawned.pid, 'SIGKILL');
    await spawned.assertNothingLeft(descendants);
  });

  it('leaves no process and no file when the process that runs it is killed while it starts', async () => {
    const spawned = await spawnStack();
    while (!spawned.output.includes('creating a cluster'))
      await new Promise((resolve) => setImmediate(resolve));
    const descendants = await spawned.descendants();
    assert.ok(descendants.length > 0, 'something is being started');
    process.kill(spawned.pid, 'SIGKILL');
    await spawned.assertNothingLeft(descendants);
  });

  it('still answers when Ctrl-C reached the process group of the process that runs it', async () => {
    const spawned = await spawnStack();
    const addresses = await spawned.started();
    spawned.signalGroup('SIGINT');
    await assertAnswers(addresses);
    await spawned.stop();
  });

  it('shares nothing with another one that starts at the same time', async () => {
    const both = await Promise.all([spawnStack(), spawnStack()]);
    const [one, other] = await Promise.all(both.map((spawned) => spawned.started()));
    for (const key of ['databaseUrl', 'dynamoEndpoint', 'temporalAddress', 'webUiUrl'] as const) {
      assert.notEqual(one![key], other![key]);
    }
    await both[0].stop();
    await assertAnswers(other!);
  });

  it('says why one server did not start, and leaves nothing of the others', async () => {
    const fakes = await mkdtemp(path.join(tmpdir(), 'fake-temporal-'));
    const fake = `#!/bin/sh
      if [ "$1" = --version ]; then echo 'temporal version 9 (Server 9.9.9)'; exit; fi
      sleep 0.5; echo 'out of luck' >&2; exit 3`;
    await writeFile(path.join(fakes, 'temporal'), fake);
    await chmod(path.join(fakes, 'temporal'), 0o755);
    try {
      const spawned = await spawnStack({ PATH: `${fakes}:${process.env.PATH ?? ''}` });
      while (!spawned.output.includes('dev server')) await new Promise((resolve) => setImmediate(resolve));
      const descendants = await spawned.descendants();
      assert.equal(await spawned.exitCode(), 1);
      assert.match(spawned.output, /Temporal: .*start-dev ended with exit code 3\n +out of luck/);
      await spawned.assertNothingLeft(descendants, 1_000);
    } finally {
      await rm(fakes, { recursive: true });
    }
  });

  it('stops what was started when the start is given up', async () => {
    const given = new AbortController();
    const starting = startStack({
      progress: (line) => {
        if (line.includes('creating a cluster')) given.abort();
      },
      signal: given.signal,
    });
    await assert.rejects(starting, /The embedded servers did not start/);
  });
});

async function assertAnswers(addresses: StackAddresses): Promise<void> {
  const sql = postgres(addresses.databaseUrl, { max: 1 });
  const [row] = await sql`select count(*)::int as tables from pg_tables where schemaname = 'public'`;
  await sql.end();
  assert.equal(row?.tables, 0);

  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const dynamo = new DynamoDBClient({
    endpoint: addresses.dynamoEndpoint,
    region: 'eu-west-1',
    credentials,
  });
  assert.deepEqual((await dynamo.send(new ListTablesCommand())).TableNames, []);
  dynamo.destroy();

  const temporal = await Connection.connect({ address: addresses.temporalAddress });
  const { executions } = await temporal.workflowService.listOpenWorkflowExecutions({ namespace: 'default' });
  await temporal.close();
  assert.equal(executions.length, 0);
  assert.equal((await fetch(addresses.webUiUrl)).status, 200);
}
