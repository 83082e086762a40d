import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  type ComposeConfig,
  composeConfig,
  findComposeConfig,
  type Service,
} from '../../check/compose/composeConfig.js';
import { describeSettings, readConfig, readTables } from '../../../src/config.js';
import { readTemporalSettings } from '../../../src/config/temporal.js';

const BUILT_WITHIN_MS = 600_000;
const WAYS = [[], ['flagsmith'], ['*']];
/** What the SDKs of Temporal and AWS read by themselves, of what the file sets. */
const READ_BY_SDKS = [
  'TEMPORAL_ADDRESS',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_ENDPOINT_URL_DYNAMODB',
];
/** A number, a second one, and a third where the releases have one. */
const OF_A_RELEASE = /:v?\d+\.\d+(\.\d+)?$/;

describe('docker-compose.yml', () => {
  let compose: ComposeConfig;
  let services: Record<string, Service>;
  let withFlagsmith: Record<string, Service>;
  let onlyWithFlagsmith: Record<string, Service>;

  before(async function () {
    this.timeout(BUILT_WITHIN_MS);
    const found = await findComposeConfig();
    if ('missing' in found) {
      console.log(`    skipped: ${found.missing}`);
      this.skip();
    }
    compose = found;
    ({ services } = composeConfig(compose, []));
    ({ services: withFlagsmith } = composeConfig(compose, ['flagsmith']));
    onlyWithFlagsmith = Object.fromEntries(
      Object.entries(withFlagsmith).filter(([name]) => !(name in services)),
    );
  });

  for (const profiles of WAYS)
    it(`is taken without a warning, profiles: ${profiles.join() || 'none'}`, () => {
      const { status, stderr } = composeConfig(compose, profiles);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    });

  it('has Flagsmith in its profile, and nothing else', () => {
    assert.deepEqual(Object.keys(services).sort(), [
      ...['dynamodb', 'grafana', 'migrate', 'postgres', 'prometheus', 'tables', 'temporal', 'worker'],
    ]);
    assert.deepEqual(Object.keys(onlyWithFlagsmith).sort(), [
      ...['flagsmith', 'flagsmith-migrate', 'flagsmith-task-processor'],
    ]);
    assert.deepEqual(composeConfig(compose, ['*']).services, withFlagsmith);
  });

  it('names a release of each image that it does not build', () => {
    const taken = Object.values(withFlagsmith).filter(({ build }) => build === undefined);
    assert.ok(taken.length > 6, `${taken.length} images`);
    assert.deepEqual(
      taken.map(({ image }) => image).filter((image) => !OF_A_RELEASE.test(image)),
      [],
    );
  });

  it('mounts files that are in the repository', () => {
    const volumes = Object.values(withFlagsmith).flatMap(({ volumes: mounted = [] }) => mounted);
    assert.equal(volumes.length, 5);
    for (const { type, source } of volumes)
      assert.deepEqual([type, existsSync(source)], ['bind', true], source);
  });

  it('opens ports to this machine only, each once', () => {
    const ports = Object.values(withFlagsmith).flatMap(({ ports: published = [] }) => published);
    assert.ok(ports.length > 6, `${ports.length} ports`);
    for (const { host_ip: host, published } of ports) assert.equal(host, '127.0.0.1', published);
    const numbers = ports.map(({ published }) => published);
    assert.equal(new Set(numbers).size, numbers.length);
  });

  it('sets nothing for our containers that they do not read', () => {
    const known = new Set([...describeSettings().map(({ name }) => name), ...READ_BY_SDKS]);
    const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);
    assert.deepEqual(ours.map(([name]) => name).sort(), ['migrate', 'worker']);
    for (const [name, { environment = {} }] of ours)
      assert.deepEqual(
        Object.keys(environment).filter((variable) => !known.has(variable)),
        [],
        name,
      );
  });

  it('gives our containers settings that they take, the same database, and servers of the file', () => {
    const settings = ['migrate', 'worker'].map((name) => environmentOf(services, name));
    const [databaseUrl, ...others] = settings.map((env) => readConfig(env).databaseUrl);
    assert.deepEqual(others, [databaseUrl]);
    for (const env of settings)
      assert.equal(hostOf(readTemporalSettings(env).connection.address ?? ''), 'temporal');
    assert.equal(hostOf(databaseUrl ?? ''), 'postgres');
    assert.equal(hostOf(environmentOf(services, 'worker')['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''), 'dynamodb');
  });

  it('makes the tables that the worker writes to', () => {
    const { tables } = readTables(environmentOf(services, 'worker'));
    const script = services['tables']?.command?.join('\n') ?? '';
    const made = [...script.matchAll(/--table-name (\w+) --billing-mode/g)].map(([, name]) => name);
    assert.deepEqual(made, [tables.v1, tables.v2]);
  });

  it("leaves the documents to us: Flagsmith knows no table for them, and our tables' other items", () => {
    const { tables } = readTables(environmentOf(services, 'worker'));
    for (const name of Object.keys(onlyWithFlagsmith)) {
      const env = environmentOf(withFlagsmith, name);
      // Set, to nothing: left out, new projects would not use DynamoDB.
      assert.equal(env['ENVIRONMENTS_TABLE_NAME_DYNAMO'], '', name);
      assert.equal(env['ENVIRONMENTS_V2_TABLE_NAME_DYNAMO'], tables.v2, name);
      assert.ok(Date.parse(env['EDGE_RELEASE_DATETIME'] ?? '') < Date.now(), name);
    }
  });

  it('has Flagsmith use the database and the DynamoDB that we use', () => {
    const ours = environmentOf(services, 'worker');
    for (const name of Object.keys(onlyWithFlagsmith)) {
      const env = environmentOf(withFlagsmith, name);
      for (const variable of ['DATABASE_URL', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ACCESS_KEY_ID'])
        assert.equal(env[variable], ours[variable], `${name}: ${variable}`);
    }
  });

  it('starts the worker once database, tables and Temporal are there', () => {
    assert.deepEqual(conditionsOf(services, 'worker'), {
      migrate: 'service_completed_successfully',
      tables: 'service_completed_successfully',
      temporal: 'service_healthy',
    });
  });

  it('prepares the database once PostgreSQL and Temporal are there, and Flagsmith, if on, has made its tables', () => {
    const servers = { postgres: 'service_healthy', temporal: 'service_healthy' };
    assert.deepEqual(conditionsOf(services, 'migrate'), servers);
    assert.deepEqual(conditionsOf(withFlagsmith, 'migrate'), {
      ...servers,
      'flagsmith-migrate': 'service_completed_successfully',
    });
    assert.deepEqual(withFlagsmith['flagsmith-migrate']?.command, ['migrate']);
    assert.deepEqual(conditionsOf(withFlagsmith, 'flagsmith-migrate'), { postgres: 'service_healthy' });
  });

  it('starts Flagsmith once our triggers are there, so that no change goes by them', () => {
    for (const name of ['flagsmith', 'flagsmith-task-processor'])
      assert.equal(conditionsOf(withFlagsmith, name)['migrate'], 'service_completed_successfully', name);
  });

  it('waits for the health of those only that say how to ask for it', () => {
    const waitedFor = Object.keys(withFlagsmith).flatMap((name) =>
      Object.entries(conditionsOf(withFlagsmith, name))
        .filter(([, condition]) => condition === 'service_healthy')
        .map(([dependency]) => dependency),
    );
    assert.ok(waitedFor.length > 0);
    for (const name of waitedFor) assert.notEqual(withFlagsmith[name]?.healthcheck, undefined, name);
  });
});

const environmentOf = (services: Record<string, Service>, name: string) => services[name]?.environment ?? {};

/** What the service waits for, of the services that are on. */
const conditionsOf = (services: Record<string, Service>, name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(services[name]?.depends_on ?? {})
      .filter(([dependency]) => dependency in services)
      .map(([dependency, { condition }]) => [dependency, condition]),
  );

/** Of a URL, or of host:port. */
const hostOf = (address: string) => new URL(address.includes('://') ? address : `tcp://${address}`).hostname;
