import assert from 'node:assert/strict';
import { ConfigError, readClientConfig, readConfig } from '../../src/config.js';

const DATABASE_URL = 'postgres://user:password@db:5432/flagsmith';

describe('readConfig', () => {
  it('needs nothing but DATABASE_URL, and has a default for the rest', () => {
    const { workerIdentity, ...config } = readConfig({ DATABASE_URL });
    assert.match(workerIdentity, /^\d+@./);
    assert.deepEqual(config, {
      instanceName: 'default',
      taskQueue: 'environment-document-sync',
      webUiUrl: 'http://localhost:8233',
      seedingPolls: { initialDelayMs: 1_000, maxDelayMs: 60_000, maxAttempts: 4 },
      databaseUrl: DATABASE_URL,
      tables: { v1: undefined, v2: undefined },
      flagsmithTables: { v1: undefined, v2: undefined },
      shadowTableSuffix: undefined,
      identitiesTable: undefined,
      compression: 'on',
      deployment: undefined,
      creation: { enabled: false, chunkSize: 200 },
      seedingPolicy: { inferenceWindowMs: 60_000 },
      taskSlots: 10,
      maxCachedWorkflows: undefined,
      sweepPagesPerSecond: 10,
      relay: { pollIntervalMs: 50, batchSize: 20, signalDeadlineMs: 5_000 },
      http: { host: '0.0.0.0', port: 9464 },
      registersSearchAttributes: true,
      schedulesVerification: true,
      logLevel: 'info',
    });
  });

  it('takes each setting from the variable of its name', () => {
    const { workerIdentity, ...config } = readConfig({
      DATABASE_URL: 'postgresql://db/flagsmith',
      INSTANCE_NAME: 'eu-1',
      TEMPORAL_TASK_QUEUE: 'documents',
      TEMPORAL_UI_URL: 'https://temporal.example.com/ui/',
      ENVIRONMENTS_TABLE_NAME_DYNAMO: 'environments',
      ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: 'environments_v2',
      IDENTITIES_TABLE_NAME_DYNAMO: 'identities',
      SHADOW_TABLE_SUFFIX: '_shadow',
      TEMPORAL_SEARCH_ATTRIBUTES: 'off',
      VERIFY_SCHEDULE: 'off',
      DOCUMENT_COMPRESSION: 'auto',
      TEMPORAL_DEPLOYMENT_NAME: 'documents',
      TEMPORAL_WORKER_BUILD_ID: '1.2.3-abc',
      CREATION_ENABLED: 'true',
      CREATION_CHUNK_SIZE: '7',
      SEEDING_INITIAL_DELAY_MS: '10',
      SEEDING_MAX_DELAY_MS: '20',
      SEEDING_MAX_ATTEMPTS: '30',
      SEEDING_INFERENCE_WINDOW_MS: '0',
      WORKER_TASK_SLOTS: '12',
      WORKER_MAX_CACHED_WORKFLOWS: '300',
      SWEEP_PAGES_PER_SECOND: '2.5',
      RELAY_POLL_INTERVAL_MS: '40',
      RELAY_BATCH_SIZE: '50',
      RELAY_SIGNAL_DEADLINE_MS: '60',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      LOG_LEVEL: 'debug',
    });
    assert.ok(workerIdentity);
    assert.deepEqual(config, {
      instanceName: 'eu-1',
      taskQueue: 'documents',
      webUiUrl: 'https://temporal.example.com/ui',
      seedingPolls: { initialDelayMs: 10, maxDelayMs: 20, maxAttempts: 30 },
      databaseUrl: 'postgresql://db/flagsmith',
      tables: { v1: 'environments_shadow', v2: 'environments_v2_shadow' },
      flagsmithTables: { v1: 'environments', v2: 'environments_v2' },
      shadowTableSuffix: '_shadow',
      identitiesTable: undefined,
      compression: 'auto',
      deployment: { deploymentName: 'documents', buildId: '1.2.3-abc' },
      creation: { enabled: true, chunkSize: 7 },
      seedingPolicy: { inferenceWindowMs: 0 },
      taskSlots: 12,
      maxCachedWorkflows: 300,
      sweepPagesPerSecond: 2.5,
      relay: { pollIntervalMs: 40, batchSize: 50, signalDeadlineMs: 60 },
      http: { host: '127.0.0.1', port: 0 },
      registersSearchAttributes: false,
      schedulesVerification: false,
      logLevel: 'debug',
    });
  });

  it('has workers versioned only by a name and a build id', () => {
    assert.equal(readConfig({ DATABASE_URL, TEMPORAL_WORKER_BUILD_ID: '1' }).deployment, undefined);
    assert.throws(
      () => readConfig({ DATABASE_URL, TEMPORAL_DEPLOYMENT_NAME: 'documents' }),
      /TEMPORAL_WORKER_BUILD_ID: is missing/,
    );
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = readConfig({ DATABASE_URL, HTTP_PORT: '', INSTANCE_NAME: '', CREATION_ENABLED: '' });
    assert.deepEqual(empty, readConfig({ DATABASE_URL }));
    assert.throws(() => readConfig({ DATABASE_URL: '' }), /DATABASE_URL: is missing/);
  });

  it('names the table of identities, but in shadow mode', () => {
    const env = { DATABASE_URL, IDENTITIES_TABLE_NAME_DYNAMO: 'identities' };
    assert.equal(readConfig(env).identitiesTable, 'identities');
    assert.equal(readConfig({ ...env, SHADOW_TABLE_SUFFIX: '_shadow' }).identitiesTable, undefined);
  });

  it('makes no shadow of a table that has no name', () => {
    const { tables } = readConfig({
      DATABASE_URL,
      ENVIRONMENTS_TABLE_NAME_DYNAMO: 'environments',
      SHADOW_TABLE_SUFFIX: '_shadow',
    });
    assert.deepEqual(tables, { v1: 'environments_shadow', v2: undefined });
  });

  it('names every variable that is missing or wrong, at once', () => {
    const wrong = {
      INSTANCE_NAME: 'two words',
      SHADOW_TABLE_SUFFIX: ' shadow',
      DOCUMENT_COMPRESSION: 'gzip',
      CREATION_ENABLED: 'yes',
      CREATION_CHUNK_SIZE: '0',
      SEEDING_MAX_ATTEMPTS: 'four',
      SEEDING_INFERENCE_WINDOW_MS: '-1',
      WORKER_TASK_SLOTS: '1',
      WORKER_MAX_CACHED_WORKFLOWS: '1',
      RELAY_BATCH_SIZE: '1.5',
      HTTP_PORT: '65536',
      LOG_LEVEL: 'verbose',
    };
    assert.throws(
      () => readConfig(wrong),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        const named = error.problems.map((problem) => problem.split(':')[0]);
        assert.deepEqual(named.sort(), [...Object.keys(wrong), 'DATABASE_URL'].sort());
        assert.ok(error.message.startsWith('The configuration has 13 problems:\n  - '));
        for (const problem of error.problems) assert.ok(error.message.includes(problem));
        return true;
      },
    );
  });

  it('never repeats a wrong DATABASE_URL, which may hold a password', () => {
    assert.throws(
      () => readConfig({ DATABASE_URL: 'mysql://user:hunter2@db' }),
      (error: Error) => error.message.includes('DATABASE_URL') && !error.message.includes('hunter2'),
    );
  });
});

describe('readClientConfig', () => {
  it('needs no database, and agrees with what the workers read', () => {
    const env = { INSTANCE_NAME: 'eu-1', TEMPORAL_TASK_QUEUE: 'documents', SEEDING_MAX_ATTEMPTS: '9' };
    const { instanceName, taskQueue, webUiUrl, seedingPolls } = readConfig({ ...env, DATABASE_URL });
    assert.deepEqual(readClientConfig(env), { instanceName, taskQueue, webUiUrl, seedingPolls });
    assert.equal(taskQueue, 'documents');
  });

  it('refuses what the workers would refuse', () => {
    assert.throws(() => readClientConfig({ TEMPORAL_UI_URL: 'temporal:8233' }), /TEMPORAL_UI_URL/);
    assert.throws(() => readClientConfig({ SEEDING_MAX_ATTEMPTS: '0' }), /SEEDING_MAX_ATTEMPTS/);
  });
});
