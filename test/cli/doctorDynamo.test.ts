import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Result } from '../../src/cli/doctor/check.js';
import { dynamoChecks, type DynamoSettings } from '../../src/cli/doctor/dynamoChecks.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { NOBODYS_PORT } from '../support/nobodysPort.js';
import { dynamoClient } from '../support/servers.js';
import { examine } from './examine.js';

// It comes without types.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

const [V1, V2] = ['ENVIRONMENTS_TABLE_NAME_DYNAMO', 'ENVIRONMENTS_V2_TABLE_NAME_DYNAMO'] as const;
const IDENTITIES = 'doctor_identities';
const TABLES = { v1: 'doctor_environments', v2: 'doctor_environments_v2' };

interface Defect {
  check: string;
  status: 'warn' | 'FAIL';
  found: RegExp;
  remedy: RegExp;
  settings: Partial<DynamoSettings>;
}

const defects: Record<string, Defect> = {
  'a first table that is not set': {
    check: V1,
    status: 'FAIL',
    found: /^not set: no document is written at all$/,
    remedy: /^Set it to Flagsmith’s table/,
    settings: { tables: { v1: undefined, v2: TABLES.v2 } },
  },
  'a second table that is not set': {
    check: V2,
    status: 'warn',
    found: /^not set: items of the second table are left out$/,
    remedy: /^Set it if Flagsmith has it set/,
    settings: { tables: { v1: TABLES.v1, v2: undefined } },
  },
  'a first table with the keys of the second': {
    check: V1,
    status: 'FAIL',
    found: /^doctor_environments_v2 has the key environment_id HASH, document_key RANGE$/,
    remedy: /with the key api_key HASH/,
    settings: { tables: { v1: TABLES.v2, v2: TABLES.v2 } },
  },
  'a second table with the keys of the first': {
    check: V2,
    status: 'FAIL',
    found: /^doctor_environments has the key api_key HASH$/,
    remedy: /with the key environment_id HASH, document_key RANGE/,
    settings: { tables: { v1: TABLES.v1, v2: TABLES.v1 } },
  },
  'a table that is not there': {
    check: V1,
    status: 'FAIL',
    found: /^nowhere: there is no such table$/,
    remedy: /AWS_REGION and the credentials are those of Flagsmith/,
    settings: { tables: { v1: 'nowhere', v2: TABLES.v2 } },
  },
  'no table of identities': {
    check: 'IDENTITIES_TABLE_NAME_DYNAMO',
    status: 'warn',
    found: /^not set: identities of deleted environments stay$/,
    remedy: /if Flagsmith has it set/,
    settings: { identitiesTable: undefined },
  },
  'a table of identities that is another one': {
    check: 'IDENTITIES_TABLE_NAME_DYNAMO',
    status: 'FAIL',
    found: /^doctor_environments has the key api_key HASH$/,
    remedy: /composite_key HASH/,
    settings: { identitiesTable: TABLES.v1 },
  },
  'a table of identities without the index': {
    check: 'IDENTITIES_TABLE_NAME_DYNAMO',
    status: 'FAIL',
    found: /^doctor_no_index has no index environment_api_key-identifier-index$/,
    remedy: /Flagsmith’s own table, or leave it empty/,
    settings: { identitiesTable: 'doctor_no_index' },
  },
  'a table of identities that is not there': {
    check: 'IDENTITIES_TABLE_NAME_DYNAMO',
    status: 'FAIL',
    found: /^nowhere: there is no such table$/,
    remedy: /those of Flagsmith/,
    settings: { identitiesTable: 'nowhere' },
  },
  'a shadow table that is not there': {
    check: V2,
    status: 'FAIL',
    found: /^doctor_environments_v2_shadow: there is no such table$/,
    remedy: /`envsync worker` prints the command/,
    settings: {
      tables: { v1: TABLES.v1, v2: `${TABLES.v2}_shadow` },
      shadowTableSuffix: '_shadow',
    },
  },
};

describe('the checks of DynamoDB', () => {
  let dynamo: DynamoDBClient;
  before(async () => {
    dynamo = await dynamoClient();
    await createEnvironmentTables(dynamo, {
      environments: TABLES.v1,
      environmentsV2: TABLES.v2,
      identities: IDENTITIES,
    });
  });
  before(async () => {
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'doctor_no_index',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'composite_key', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'composite_key', KeyType: 'HASH' }],
      }),
    );
  });
  after(() => {
    dynamo.destroy();
  });

  const examined = (settings: Partial<DynamoSettings> = {}, client = dynamo) =>
    examine({
      checks: dynamoChecks(client, {
        tables: TABLES,
        identitiesTable: IDENTITIES,
        shadowTableSuffix: undefined,
        ...settings,
      }),
    });

  it('find nothing wrong with tables as Flagsmith makes them', async () => {
    assert.deepEqual(
      Object.values(await examined()).map((result) => result?.status),
      ['ok', 'ok', 'ok', 'ok', 'ok'],
    );
  });

  for (const [defect, { check, status, found, remedy, settings }] of Object.entries(defects)) {
    it(`tell of ${defect}, and what to do`, async () => {
      const told = (await examined(settings))[check];
      assert.equal(told?.status, status);
      assert.match(told.found, found);
      assert.match(told.remedy ?? '', remedy);
    });
  }

  it('tell of a table that does not take documents yet, and of nothing once it does', async () => {
    const server = dynalite({ createTableMs: 1_000 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = clientOf((server.address() as AddressInfo).port);
    try {
      let table = '';
      const create = async () => {
        table = `new_${crypto.randomUUID()}`;
        await client.send(
          new CreateTableCommand({
            TableName: table,
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'api_key', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'api_key', KeyType: 'HASH' }],
          }),
        );
      };
      const look = async () => (await examined({ tables: { v1: table, v2: undefined } }, client))[V1];
      let told: Result | undefined;
      // On a busy machine one may take documents by the time it is looked at.
      do {
        await create();
        told = await look();
      } while (told?.status === 'ok');
      assert.deepEqual([told?.status, told?.found], ['FAIL', `${table} is CREATING`]);
      assert.match(told?.remedy ?? '', /ACTIVE/);
      while ((await look())?.status !== 'ok') await delay(100);
    } finally {
      client.destroy();
      server.close();
    }
  });

  it('say that identities are left to Flagsmith in shadow mode, whatever is set', async () => {
    const { IDENTITIES_TABLE_NAME_DYNAMO: told } = await examined({ shadowTableSuffix: '_shadow' });
    assert.equal(told?.status, 'ok');
    assert.match(told.found, /^left alone in shadow mode/);
  });

  it('ask for a region where none is set', async () => {
    const { AWS_REGION, AWS_CONFIG_FILE } = process.env;
    delete process.env['AWS_REGION'];
    process.env['AWS_CONFIG_FILE'] = '/nowhere';
    const client = new DynamoDBClient({});
    const told = (await examined({}, client))['AWS region'];
    client.destroy();
    Object.assign(process.env, AWS_REGION === undefined ? {} : { AWS_REGION });
    delete process.env['AWS_CONFIG_FILE'];
    Object.assign(process.env, AWS_CONFIG_FILE === undefined ? {} : { AWS_CONFIG_FILE });
    assert.equal(told?.status, 'FAIL');
    assert.match(told.found, /Region is missing/);
    assert.match(told.remedy ?? '', /AWS_REGION/);
  });

  it('tell of each table that DynamoDB does not answer', async () => {
    const client = clientOf(NOBODYS_PORT);
    const results = await examined({}, client);
    client.destroy();
    for (const check of [V1, V2]) {
      assert.equal(results[check]?.status, 'FAIL');
      assert.match(results[check].found, /^doctor_environments\w*: .*ECONNREFUSED/);
      assert.match(results[check].remedy ?? '', /`envsync grants --aws`/);
    }
  });
});

const clientOf = (port: number) =>
  new DynamoDBClient({
    region: 'local',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
