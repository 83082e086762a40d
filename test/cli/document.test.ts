import assert from 'node:assert/strict';
import { once } from 'node:events';
import { comparable, readScenario } from '../document/scenarios.js';
import { loadScenario, type TestDatabase, useDatabase } from '../support/database.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { endOf, envsync, startEnvsync, useBuiltEnvsync } from './envsync.js';

const startDocument = (databaseUrl: string, args: string[], env: Record<string, string> = {}) =>
  startEnvsync(['document', ...args], { DATABASE_URL: databaseUrl, ...env });

const document = (databaseUrl: string, args: string[], env: Record<string, string> = {}) =>
  envsync(['document', ...args], { DATABASE_URL: databaseUrl, ...env });

interface Line {
  environment_id: number;
  error: string | null;
  v1: Record<string, unknown> | null;
  v2: Record<string, unknown> | null;
}

const parseLines = (stdout: string): Line[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

useBuiltEnvsync();

describe('envsync document <environment>', function () {
  this.timeout(180_000); // Each command is a process, which a busy machine takes ten seconds to load.
  const database = useDatabase({ template: 'baseline' });
  const API_KEY = 'AKeyThatNobodyMaySee01';
  let environmentId: number;
  let projectId: number;
  before(async () => {
    projectId = await insertProject(database.sql);
    environmentId = await insertEnvironment(database.sql, projectId, { api_key: API_KEY });
    const featureId = await insertFeature(database.sql, projectId, 'size');
    await insertFeatureState(database.sql, environmentId, featureId, 'XL');
  });

  it('prints the document by id or API key, indented, in the form that is asked for', async () => {
    const byId = await document(database.url, [String(environmentId), '--compression', 'off']);
    const byKey = await document(database.url, [API_KEY], { DOCUMENT_COMPRESSION: 'off' });
    assert.deepEqual(byId, byKey);
    assert.deepEqual([byId.status, byId.stderr], [0, '']);
    const shown = JSON.parse(byId.stdout) as Record<string, unknown>;
    assert.equal(byId.stdout, `${JSON.stringify(shown, null, 2)}\n`);
    assert.deepEqual(
      [shown['id'], shown['api_key'], shown['identity_overrides']],
      [environmentId, '***', []],
    );
    const packed = JSON.parse((await document(database.url, [API_KEY])).stdout) as Record<string, unknown>;
    assert.equal(packed['compressed'], true);
    assert.deepEqual(packed['feature_states'], shown['feature_states']);
  });

  it('prints keys with --show-secrets, and the typed item with --encoding dynamodb', async () => {
    const { stdout } = await document(database.url, [String(environmentId), '--show-secrets']);
    assert.equal((JSON.parse(stdout) as Record<string, unknown>)['api_key'], API_KEY);
    const typed = await document(database.url, [String(environmentId), '--encoding', 'dynamodb']);
    const item = JSON.parse(typed.stdout) as Record<string, Record<string, unknown>>;
    assert.deepEqual([item['id'], item['api_key']], [{ N: String(environmentId) }, { S: API_KEY }]);
    assert.match(String(item['project']?.['B']), /^H4sI[\w+/]+=*$/);
  });

  it('prints one line with --lines', async () => {
    const { status, stdout } = await document(database.url, [String(environmentId), '--lines']);
    const lines = parseLines(stdout);
    assert.equal(status, 0);
    assert.deepEqual(
      lines.map((line) => [line.environment_id, line.v2?.['document_key']]),
      [[environmentId, '_META']],
    );
  });

  it('prints what would not be written now too, and says so beside it', async () => {
    const { sql } = database;
    const elsewhere = await insertProject(sql, { enable_dynamo_db: false });
    const unwritten = await insertEnvironment(sql, elsewhere);
    const seeding = await insertEnvironment(sql, projectId, { is_creating: true });
    const [first, second] = await Promise.all(
      [unwritten, seeding].map((id) => document(database.url, [String(id)])),
    );
    assert.equal((JSON.parse(first!.stdout) as Line & { id: number }).id, unwritten);
    assert.match(first!.stderr, /would not be written: its project does not use DynamoDB/);
    assert.equal((JSON.parse(second!.stdout) as Line & { id: number }).id, seeding);
    assert.match(second!.stderr, /would have to wait: the environment is being seeded/);
    assert.deepEqual([first!.status, second!.status], [0, 0]);
  });

  it('ends with status 1 and a reason where there is nothing to print, and tells no key back', async () => {
    const deleted = await insertEnvironment(database.sql, projectId, { deleted_at: new Date() });
    const reasons: [string[], RegExp][] = [
      [['999999'], /^envsync: There is no environment 999999\.\n$/],
      [['99999999999'], /^envsync: There is no environment 99999999999\.\n$/],
      [['ser.NoSuchKey'], /^envsync: There is no environment with this API key\.\n$/],
      [[String(deleted)], /^envsync: The environment \d+ was deleted: it has no document\.\n$/],
      [[String(deleted), '--lines'], /^envsync: The environment \d+ was deleted: it has no document\.\n$/],
      [['--project', '999999'], /^envsync: There is no project 999999\.\n$/],
    ];
    const ended = await Promise.all(reasons.map(([args]) => document(database.url, args)));
    for (const [i, { status, stdout, stderr }] of ended.entries()) {
      const [args, reason] = reasons[i]!;
      assert.deepEqual([status, stdout], [1, ''], args.join(' '));
      assert.match(stderr, reason);
    }
  });

  it('ends with status 1 and names the flag that is wrong, before it connects', async () => {
    const wrong: [string[], RegExp][] = [
      [['--project', 'x'], /--project <id>.* expected a whole number above 0/],
      [
        ['--project', '7', '--all'],
        /--project <id>.* cannot be used .*--all|--all.* cannot be used .*--project/,
      ],
      [['42', '--all'], /give one of: an environment, --project <id>, --all/],
      [[], /give one of: an environment, --project <id>, --all/],
      [['42', '--encoding', 'xml'], /--encoding <form>.* json, dynamodb/],
      [['42', '--compression', 'zip'], /--compression <mode>.* on, off, auto/],
    ];
    const nowhere = 'postgres://nobody@127.0.0.1:1/none';
    const ended = await Promise.all(wrong.map(([args]) => document(nowhere, args)));
    for (const [i, { status, stderr }] of ended.entries()) {
      const [args, reason] = wrong[i]!;
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, reason);
    }
  });
});

describe('envsync document --all', () => {
  const poisoned = useDatabase({ template: 'baseline' });
  const big = useDatabase({ template: 'baseline' });
  before(() => loadScenario(poisoned.url, 'm_poison'));
  before(() => loadScenario(big.url, 'j_big'));

  it('prints the lines of all others where environments are at fault, and ends with status 1', async () => {
    const args = ['--all', '--encoding', 'dynamodb', '--compression', 'off'];
    const { status, stdout, stderr } = await document(poisoned.url, args);
    assert.deepEqual([status, stderr], [1, '']);
    const lines = parseLines(stdout);
    assert.equal(lines.length, 11);
    assert.deepEqual(
      lines.filter((line) => line.error !== null).map((line) => line.environment_id),
      [1003, 1007, 1008, 1010, 1019],
    );
    for (const recorded of readScenario('m_poison').environments.filter(({ v1 }) => v1)) {
      const line = lines.find((one) => one.environment_id === recorded.environment_id);
      assert.deepEqual(comparable(line?.v1 ?? {}), comparable(recorded.v1!));
    }
  });

  it('ends with status 1 for one environment at fault, by its row, and prints nothing', async () => {
    const { status, stdout, stderr } = await document(poisoned.url, ['1003']);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^envsync: Environment 1003: features_featurestate 60002: allocations/);
  });

  it('ends quietly with status 0 when its reader has seen enough', async () => {
    const child = startDocument(big.url, ['--all', '--encoding', 'dynamodb', '--compression', 'off']);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    assert.match(chunk.toString(), /^{"environment_id":/);
    child.stdout.destroy();
    assert.deepEqual([await endOf(child), stderr], [0, '']);
  });
});

describe('envsync document, as a role that may only read the tables it needs', () => {
  const role = `reader_${process.pid}`;
  const isolated: TestDatabase[] = [];
  after(async () => {
    for (const { sql } of isolated) await sql`DROP OWNED BY ${sql(role)}`;
    await isolated[0]!.sql`DROP ROLE ${isolated[0]!.sql(role)}`;
  });
  const baseline = useDatabase({ template: 'baseline' });
  const migrated = useDatabase({ template: 'migrated' });
  const needed = [
    'environments_environment',
    'projects_project',
    'organisations_organisation',
    'organisations_subscription',
    'features_feature',
    'features_featurestate',
    'features_featurestatevalue',
    'features_featuresegment',
    'feature_versioning_environmentfeatureversion',
    'multivariate_multivariatefeatureoption',
    'multivariate_multivariatefeaturestatevalue',
    'segments_segment',
    'segments_segmentrule',
    'segments_condition',
    'amplitude_amplitudeconfiguration',
    'heap_heapconfiguration',
    'mixpanel_mixpanelconfiguration',
    'rudderstack_rudderstackconfiguration',
    'segment_segmentconfiguration',
    'webhook_webhookconfiguration',
  ];
  before(async () => {
    isolated.push(baseline, migrated);
    await baseline.sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
    for (const { sql, url } of isolated) {
      await sql`GRANT SELECT ON ${sql(needed)} TO ${sql(role)}`;
      await loadScenario(url, 'k_partial');
    }
  });

  const asRole = ({ url }: TestDatabase) => {
    const changed = new URL(url);
    Object.assign(changed, { username: role, password: 'reader' });
    return changed.href;
  };

  it('prints the same documents of a database that was never migrated and of one that was', async () => {
    const [unprepared, prepared] = await Promise.all(
      isolated.map((database) => document(asRole(database), ['--all'])),
    );
    assert.deepEqual(unprepared, { status: 0, stdout: prepared!.stdout, stderr: '' });
    assert.equal(parseLines(unprepared.stdout).filter((line) => line.v1).length, 13);
  });

  it('says which table it may not read', async () => {
    const { sql } = baseline;
    await sql`REVOKE SELECT ON segments_condition FROM ${sql(role)}`;
    const { status, stderr } = await document(asRole(baseline), ['--all']);
    assert.deepEqual([status, stderr], [1, 'envsync: permission denied for table segments_condition\n']);
  });
});
