import assert from 'node:assert/strict';
import {
  CreateTableCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Answered, type DynamoFault, DynamoFaultProxy } from '../../proof/faults/dynamoFaultProxy.js';
import { dynamoSettings } from '../support/servers.js';

const TABLE = 'behind_a_fault_proxy';

describe('the fault proxy in front of DynamoDB', () => {
  let proxy: DynamoFaultProxy;
  let dynamo: DynamoDBClient;
  const answered: Answered[] = [];

  before(async () => {
    const settings = await dynamoSettings();
    proxy = await DynamoFaultProxy.open(settings.endpoint, (request) => answered.push(request));
    dynamo = new DynamoDBClient({ ...settings, endpoint: proxy.endpoint, maxAttempts: 1 });
    await dynamo.send(
      new CreateTableCommand({
        TableName: TABLE,
        KeySchema: [{ AttributeName: 'api_key', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'api_key', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    while (
      !(await put('first').then(
        () => true,
        () => false,
      ))
    );
  });
  beforeEach(() => answered.splice(0));
  afterEach(() => {
    proxy.heal();
  });
  after(async () => {
    dynamo.destroy();
    await proxy.close();
  });

  const put = (value: string, signal = AbortSignal.timeout(5_000)) =>
    dynamo.send(
      new PutItemCommand({ TableName: TABLE, Item: { api_key: { S: 'key' }, value: { S: value } } }),
      { abortSignal: signal },
    );
  const read = async () =>
    (await dynamo.send(new GetItemCommand({ TableName: TABLE, Key: { api_key: { S: 'key' } } }))).Item?.[
      'value'
    ]?.S;

  it('passes on requests, and tells what was carried out', async () => {
    await put('passed on');
    assert.equal(await read(), 'passed on');
    assert.deepEqual(
      answered.map(({ operation }) => operation),
      ['PutItem', 'GetItem'],
    );
    assert.deepEqual(answered[0]?.input['Item'], { api_key: { S: 'key' }, value: { S: 'passed on' } });
  });

  const refusing: [DynamoFault, { name: string; status: number }][] = [
    [
      { kind: 'throttle', by: 'ProvisionedThroughputExceededException' },
      { name: 'ProvisionedThroughputExceededException', status: 400 },
    ],
    [
      { kind: 'throttle', by: 'ThrottlingException' },
      { name: 'ThrottlingException', status: 400 },
    ],
    [{ kind: 'fail' }, { name: 'InternalServerError', status: 500 }],
    [{ kind: 'refuseItem' }, { name: 'ValidationException', status: 400 }],
  ];
  for (const [fault, { name, status }] of refusing) {
    it(`refuses puts, and does nothing: ${JSON.stringify(fault)}`, async () => {
      await put('before');
      proxy.breakWith(fault);
      const faultedBefore = proxy.faulted;
      const refusal: unknown = await put('refused').catch((error: unknown) => error);
      assert.ok(refusal instanceof DynamoDBServiceException);
      assert.deepEqual([refusal.name, refusal.$metadata.httpStatusCode], [name, status]);
      assert.equal(proxy.faulted, faultedBefore + 1);
      proxy.heal();
      assert.equal(await read(), 'before');
      await put('after');
      assert.equal(await read(), 'after');
    });
  }

  it('refuses no reads for what is in the item', async () => {
    await put('readable');
    proxy.breakWith({ kind: 'refuseItem' });
    assert.equal(await read(), 'readable');
  });

  it('fails after it was done', async () => {
    proxy.breakWith({ kind: 'failAfterwards' });
    await assert.rejects(put('done all the same'), { name: 'InternalServerError' });
    proxy.heal();
    assert.equal(await read(), 'done all the same');
  });

  it('hangs, for good', async () => {
    await put('before');
    proxy.breakWith({ kind: 'hang' });
    await assert.rejects(put('unanswered', AbortSignal.timeout(200)), { name: 'AbortError' });
    proxy.heal();
    assert.equal(await read(), 'before');
  });

  it('is slow', async () => {
    proxy.breakWith({ kind: 'slow', latencyMs: 200 });
    const startedAt = performance.now();
    await put('late');
    assert.ok(performance.now() - startedAt >= 195);
    assert.equal(await read(), 'late');
  });
});
