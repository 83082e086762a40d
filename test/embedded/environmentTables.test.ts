import { DescribeTableCommand, DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { createEnvironmentTables } from '../../src/embedded/dynamo.js';
import { dynamoServer } from '../support/servers.js';

const names = { environments: 'made-environments', environmentsV2: 'made-environments-v2' };

describe('createEnvironmentTables', function () {
  this.timeout(30_000);
  let client: DynamoDBClient;

  before(async () => {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const { endpoint } = await dynamoServer();
    client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials });
    await createEnvironmentTables(client, names);
  });
  after(() => {
    client.destroy();
  });

  it("creates both tables, active and with Flagsmith's keys", async () => {
    assert.deepEqual(await keysOf(names.environments), { status: 'ACTIVE', keys: ['HASH api_key'] });
    assert.deepEqual(await keysOf(names.environmentsV2), {
      status: 'ACTIVE',
      keys: ['HASH environment_id', 'RANGE document_key'],
    });
  });

  it('lets documents be found by their api key through the index', async () => {
    const item = {
      environment_id: { S: '1' },
      document_key: { S: '_META' },
      environment_api_key: { S: 'a key' },
    };
    await client.send(new PutItemCommand({ TableName: names.environmentsV2, Item: item }));
    const { Items: found } = await client.send(
      new QueryCommand({
        TableName: names.environmentsV2,
        IndexName: 'environment_api_key-index',
        KeyConditionExpression: 'environment_api_key = :key',
        ExpressionAttributeValues: { ':key': { S: 'a key' } },
      }),
    );
    assert.deepEqual(found, [item]);
  });

  it('leaves existing tables and their items as they are', async () => {
    const item = { api_key: { S: 'another key' } };
    await client.send(new PutItemCommand({ TableName: names.environments, Item: item }));
    await createEnvironmentTables(client, names);
    const { Items: found } = await client.send(
      new QueryCommand({
        TableName: names.environments,
        KeyConditionExpression: 'api_key = :key',
        ExpressionAttributeValues: { ':key': { S: 'another key' } },
      }),
    );
    assert.deepEqual(found, [item]);
  });

  async function keysOf(name: string) {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
    const keys = table?.KeySchema?.map(({ KeyType, AttributeName }) => `${KeyType} ${AttributeName}`);
    return { status: table?.TableStatus, keys };
  }
});
