import assert from 'node:assert/strict';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { readPredecessors, readSourceState } from '../../src/db/sources.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useDatabase } from '../support/database.js';
import { NOBODYS_PORT } from '../support/nobodysPort.js';
import { useSystem } from '../support/system.js';
import { KEYWORD } from '../../src/outbox/registeredSearchAttributes.js';
import { createWriter, storedItems } from '../support/writer.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync migrate --dry-run', () => {
  const database = useDatabase({ template: 'baseline' });

  it('prints SQL, and leaves the database without a schema of ours', async () => {
    const { status, stdout } = await envsync(['migrate', '--dry-run'], { DATABASE_URL: database.url });
    assert.equal(status, 0);
    assert.match(stdout, /^CREATE TABLE document_sync\.outbox/m);
    const [schema] = await database.sql`SELECT to_regnamespace('document_sync') AS oid`;
    assert.deepEqual(schema, { oid: null });
  });
});

describe('envsync migrate, where a Temporal server is named', () => {
  const system = useSystem();
  const namespace = `namespace-${crypto.randomUUID()}`;
  before(async () => {
    await system.client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
  });
  const attributes = async () => {
    const { customAttributes } = await system.client.connection.operatorService.listSearchAttributes({
      namespace,
    });
    return Object.keys(customAttributes)
      .filter((name) => /^DocumentSync|^Flagsmith/.test(name))
      .sort();
  };
  const migrate = (settings: Record<string, string> = {}) =>
    envsync(['migrate'], { ...system.env, TEMPORAL_NAMESPACE: namespace, ...settings });

  it('registers nothing with TEMPORAL_SEARCH_ATTRIBUTES=off', async () => {
    assert.equal((await migrate({ TEMPORAL_SEARCH_ATTRIBUTES: 'off' })).status, 0);
    assert.deepEqual(await attributes(), []);
  });

  it('registers the search attributes that are missing, once', async () => {
    const searchAttributes: Record<string, number> = { FlagsmithProjectId: KEYWORD };
    await system.client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    const first = await migrate();
    const second = await migrate();
    assert.deepEqual([first.status, second.status], [0, 0], first.stderr + second.stderr);
    assert.match(first.stdout, /^already there: search attributes FlagsmithProjectId in/m);
    assert.match(
      first.stdout,
      /^registered: search attributes FlagsmithEnvironmentId, FlagsmithOrganisationId, DocumentSyncState in/m,
    );
    assert.match(second.stdout, /^already there: search attributes .*DocumentSyncState in/m);
    assert.doesNotMatch(second.stdout, /^registered/m);
    assert.deepEqual(await attributes(), [
      'DocumentSyncState',
      'FlagsmithEnvironmentId',
      'FlagsmithOrganisationId',
      'FlagsmithProjectId',
    ]);
  });

  it('succeeds where Temporal does not answer, and says how to do it later', async () => {
    const { status, stdout, stderr } = await migrate({ TEMPORAL_ADDRESS: `127.0.0.1:${NOBODYS_PORT}` });
    assert.equal(status, 0);
    assert.match(stdout, /is ready for the instance/);
    assert.match(stderr, /temporal operator search-attribute create --name DocumentSyncState/);
    assert.match(stderr, /temporal schedule create --schedule-id verify-environment-documents\//);
  });
});

describe('envsync migrate, on a database that was moved', () => {
  const system = useSystem({ TEMPORAL_SEARCH_ATTRIBUTES: 'off' });
  const OLD = '1234567890123456789';
  let environmentId: number;

  before(async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, await insertFeature(sql, projectId, 'size'));
    await createWriter(system).write({ environmentId, boundReached: false });
    await sql`UPDATE document_sync.accepted_source SET source = ${OLD}`;
    await pretendWrittenBy(OLD);
  });

  /** With an order that this database will never reach: those of two clusters do not compare. */
  async function pretendWrittenBy(source: string) {
    const items = await storedItems(system, environmentId);
    const keys = { v1: ['api_key'], v2: ['environment_id', 'document_key'] };
    for (const version of ['v1', 'v2'] as const) {
      const item = items[version]!;
      await system.dynamo.send(
        new UpdateItemCommand({
          TableName: system.tables[version],
          Key: Object.fromEntries(keys[version].map((key) => [key, item[key]!])),
          UpdateExpression: 'SET document_sync = :stamp',
          ExpressionAttributeValues: {
            ':stamp': { M: { source: { S: source }, order: { S: 'FFFFFFFF' }, hash: { S: '' } } },
          },
        }),
      );
    }
  }

  const write = () => createWriter(system).write({ environmentId, boundReached: false });
  const migrate = (...args: string[]) => envsync(['migrate', ...args], system.env);

  it('tells of it, and has documents of the old place left alone', async () => {
    const { status, stderr } = await migrate();
    assert.equal(status, 0);
    assert.match(stderr, new RegExp(`lived on the PostgreSQL cluster ${OLD}.*--accept-source`, 's'));
    await assert.rejects(write(), { type: 'OtherSource' });
  });

  it('is told by a worker at its start', async () => {
    const worker = await system.startWorker();
    worker.stop();
    await worker.finished;
    const { present } = await readSourceState(system.database.db);
    // Of the workers of other tests there may be more.
    const told = system.logged.filter(
      ({ event, recorded }) => event === 'database.moved' && recorded === OLD,
    );
    assert.deepEqual(
      told.map(({ level, present: at }) => ({ level, at })),
      [{ level: 'warning', at: present }],
    );
  });

  it('has them overwritten after --accept-source, and those of any other cluster not', async () => {
    assert.equal((await migrate('--accept-source')).status, 0);
    assert.equal((await write()).outcome, 'written');
    const { v1, v2 } = await storedItems(system, environmentId);
    const { present } = await readSourceState(system.database.db);
    assert.deepEqual(
      [v1, v2].map((item) => item?.['document_sync']?.M?.['source']?.S),
      [present, present],
    );

    await pretendWrittenBy('42');
    await assert.rejects(write(), { type: 'OtherSource' });
  });

  it('takes the old identifier where the database does not know it', async () => {
    assert.equal((await migrate('--accept-source', '42')).status, 0);
    assert.equal((await write()).outcome, 'written');
  });

  it('accepts nothing for a copy elsewhere', async () => {
    await system.database.sql`INSERT INTO document_sync.accepted_source (source) VALUES ('77')`;
    assert.deepEqual(await readPredecessors(system.database.db), []);
  });

  it('refuses what is no identifier', async () => {
    const { status, stderr } = await migrate('--accept-source', 'everything');
    assert.equal(status, 1);
    assert.match(stderr, /expected a system identifier/);
  });
});
