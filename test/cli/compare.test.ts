import assert from 'node:assert/strict';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { type ComparedTables, itemsNow, useComparedTables } from '../compare/tables.js';
import { type TestDatabase, useDatabase } from '../support/database.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { accessesOf, parsePolicy, textOf } from '../support/iamPolicy.js';
import { IamProxy } from '../support/iamProxy.js';
import { dynamoServer } from '../support/servers.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync compare', function () {
  this.timeout(180_000); // Each command is a process, which a busy machine takes ten seconds to load.
  const database = useDatabase({ template: 'baseline' });
  const tables = useComparedTables('cli_compare');
  const API_KEY = 'AKeyThatNobodyMaySee02';
  const WEBHOOK = 'https://hooks.example.com/OfNobodyElse';
  let env: Record<string, string>;
  let projectId: number;
  let equal: number;
  let different: number;

  before(async () => {
    const { sql } = database;
    env = await shadowSettings(database, tables);
    projectId = await insertProject(sql, { identity_overrides_v2_migration_status: 'NOT_STARTED' });
    const featureId = await insertFeature(sql, projectId, 'checkout');
    equal = await insertEnvironment(sql, projectId);
    different = await insertEnvironment(sql, projectId, { api_key: API_KEY });
    await insertFeatureState(sql, different, featureId, 'secret sauce');
    await tables.put('flagsmith', { v1: (await itemsNow(database, equal, true)).v1 });
    await tables.put('ours', { v1: (await itemsNow(database, equal, false)).v1 });
    const { v1 } = await itemsNow(database, different, false);
    await tables.put('ours', { v1: { ...v1, webhook_config: { M: { url: { S: WEBHOOK } } } } });
    await sql`UPDATE features_featurestatevalue SET string_value = 'old sauce'`;
    const old = (await itemsNow(database, different, true)).v1;
    await sql`UPDATE features_featurestatevalue SET string_value = 'secret sauce'`;
    await tables.put('flagsmith', {
      v1: { ...old, webhook_config: { M: { url: { S: `${WEBHOOK}/other` } } } },
    });
  });

  it('lists what is equal and what differs by its paths, without values, and ends with status 1', async () => {
    const { status, stdout, stderr } = await envsync(['compare', '--all'], env);
    assert.deepEqual([status, stderr], [1, '']);
    assert.deepEqual(stdout.split('\n'), [
      `environment ${equal}: v1 equal, v2 not written`,
      `environment ${different}: v1 different, v2 not written`,
      '  v1 feature_states[name=checkout].feature_state_value',
      '  v1 webhook_config.url',
      '2 compared: 1 not equal',
      '',
    ]);
  });

  it('ends with status 0 where all that is asked for is equal', async () => {
    const { status, stdout } = await envsync(['compare', '--environment', String(equal)], env);
    assert.equal(status, 0);
    assert.match(stdout, /^1 compared: all equal$/m);
  });

  it('shows values with --show-values, but no webhook', async () => {
    const args = ['--environment', String(equal), String(different), '--show-values'];
    const text = await envsync(['compare', ...args], env);
    const json = await envsync(['compare', ...args, '--json'], env);
    assert.match(text.stdout, /feature_state_value: Flagsmith's "old sauce", ours "secret sauce"$/m);
    assert.match(text.stdout, /webhook_config\.url: Flagsmith's "\*\*\*", ours "\*\*\*"$/m);
    for (const { stdout } of [text, json]) assert.doesNotMatch(stdout, /hooks\.example|AKeyThat/);
    assert.match(json.stdout, /"flagsmith":"old sauce","ours":"secret sauce"/);
  });

  it('prints one JSON line for each environment with --json, and nothing else', async () => {
    const { status, stdout } = await envsync(['compare', '--project', String(projectId), '--json'], env);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(status, 1);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [
        {
          environment_id: equal,
          v1: { result: 'equal' },
          v2: { result: 'not_written' },
          seeding: [],
          error: null,
        },
        {
          environment_id: different,
          v1: {
            result: 'different',
            current: { flagsmith: false, ours: false },
            differences: [
              { path: 'feature_states[name=checkout].feature_state_value', kind: 'changed' },
              { path: 'webhook_config.url', kind: 'changed' },
            ],
          },
          v2: { result: 'not_written' },
          seeding: [],
          error: null,
        },
      ],
    );
  });

  it('never shows keys that differ, nor an integration that only one side has', async () => {
    const id = await insertEnvironment(database.sql, projectId);
    const { v1 } = await itemsNow(database, id, false);
    await tables.put('flagsmith', { v1: { ...v1, heap_config: { M: { api_key: { S: 'heap-key' } } } } });
    await tables.put('ours', { v1: { ...v1, amplitude_config: { S: 'amplitude-key' } } });
    const { stdout } = await envsync(['compare', '--environment', String(id), '--show-values'], env);
    assert.match(stdout, /v1 amplitude_config: /);
    assert.match(stdout, /v1 heap_config: Flagsmith's {"api_key":"\*\*\*"}, ours null/);
    assert.doesNotMatch(stdout, /heap-key|amplitude-key/);
  });

  it('ends with status 1 and a reason where there is nothing to compare', async () => {
    const deleted = await insertEnvironment(database.sql, projectId, { deleted_at: new Date() });
    const reasons: [string[], Record<string, string>, RegExp][] = [
      [['--all'], { SHADOW_TABLE_SUFFIX: '' }, /^envsync: SHADOW_TABLE_SUFFIX is not set/],
      [['--all'], { ENVIRONMENTS_TABLE_NAME_DYNAMO: '' }, /^envsync: ENVIRONMENTS_TABLE_NAME_DYNAMO is not/],
      [['--environment', '999999'], {}, /^envsync: There is no environment 999999\.\n$/],
      [['--environment', String(deleted)], {}, /^envsync: The environment \d+ was deleted/],
      [['--project', '999999'], {}, /^envsync: There is no project 999999\.\n$/],
      [['--environment', 'x'], {}, /expected a whole number above 0/],
      [['--environment', '1', '--all'], {}, /give one of: --environment <id...>, --project <id>, --all/],
      [[], {}, /give one of: --environment <id...>, --project <id>, --all/],
    ];
    for (const [args, settings, reason] of reasons) {
      const { status, stdout, stderr } = await envsync(['compare', ...args], { ...env, ...settings });
      assert.deepEqual([status, stdout], [1, ''], args.join(' '));
      assert.match(stderr, reason);
    }
  });

  it('gives the command that makes a missing table, with the keys and the index of Flagsmith’s', async () => {
    for (const version of ['v1', 'v2'] as const) {
      const name = `elsewhere_${version}`;
      const variable =
        version === 'v1' ? 'ENVIRONMENTS_TABLE_NAME_DYNAMO' : 'ENVIRONMENTS_V2_TABLE_NAME_DYNAMO';
      // Flagsmith's own table is there, its shadow is not.
      await tables.dynamo.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
        }),
      );
      const { status, stderr } = await envsync(['compare', '--all'], { ...env, [variable]: name });
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`^envsync: ${variable} is "${name}_shadow": there is no such table`));
      assert.match(stderr, new RegExp(`aws dynamodb create-table --table-name ${name}_shadow `));
      const words =
        version === 'v1'
          ? ['AttributeName=api_key,KeyType=HASH']
          : [
              'AttributeName=environment_id,KeyType=HASH AttributeName=document_key,KeyType=RANGE',
              'IndexName=environment_api_key-index,',
            ];
      for (const word of words) assert.ok(stderr.includes(word), stderr);
    }
  });
});

describe('envsync compare, with what `envsync grants --aws` prints in shadow mode', () => {
  const ACCOUNT = '123456789012';
  const database = useDatabase({ template: 'baseline' });
  const tables = useComparedTables('cli_compare_allowed');

  it('is refused nothing, and needs all that is allowed of Flagsmith’s own tables', async () => {
    const env = await shadowSettings(database, tables);
    await insertEnvironment(database.sql, await insertProject(database.sql));
    const { stdout: printed } = await envsync(['grants', '--aws', '--account', ACCOUNT], env);
    const policy = parsePolicy(printed);
    const proxy = await IamProxy.open(env.AWS_ENDPOINT_URL_DYNAMODB, ACCOUNT, policy);
    try {
      const proxied = { ...env, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
      const { stdout } = await envsync(['compare', '--all'], proxied);
      assert.match(stdout, /^1 compared: /m);
    } finally {
      await proxy.close();
    }
    assert.deepEqual(proxy.refused, []);
    const reading = accessesOf(policy)
      .filter(({ resource }) => !resource.endsWith('_shadow'))
      .map(textOf);
    const used = [...proxy.used].filter((access) => !access.endsWith('_shadow'));
    assert.deepEqual(used.sort(), reading.sort());
  });
});

async function shadowSettings({ url }: TestDatabase, { flagsmith }: ComparedTables) {
  return {
    DATABASE_URL: url,
    ENVIRONMENTS_TABLE_NAME_DYNAMO: flagsmith.v1,
    ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: flagsmith.v2,
    SHADOW_TABLE_SUFFIX: '_shadow',
    AWS_ENDPOINT_URL_DYNAMODB: (await dynamoServer()).endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}
