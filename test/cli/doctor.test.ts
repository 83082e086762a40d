import assert from 'node:assert/strict';
import type { Result } from '../../src/cli/doctor/check.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { createVerifySchedule } from '../../src/sweeps/verifySchedule.js';
import { NOBODYS_PORT } from '../support/nobodysPort.js';
import { useSystem } from '../support/system.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

describe('envsync doctor', () => {
  useBuiltEnvsync();
  const system = useSystem();
  before(async () => {
    const { name } = system.database;
    await createVerifySchedule(system.client, { instanceName: name, taskQueue: system.taskQueue });
    const { v1, v2 } = system.tables;
    const identities = `${name}_identities`;
    await createEnvironmentTables(system.dynamo, { environments: v1, environmentsV2: v2, identities });
    system.env['IDENTITIES_TABLE_NAME_DYNAMO'] = identities;
  });

  async function examine(settings: Record<string, string> = {}) {
    const { status, stdout, stderr } = await envsync(['doctor', '--json'], { ...system.env, ...settings });
    assert.ok(stdout.startsWith('['), stderr);
    const results = JSON.parse(stdout) as Result[];
    return {
      status,
      statusOf: Object.fromEntries(results.map((result) => [result.check, result.status])),
      foundBy: Object.fromEntries(results.map((result) => [result.check, result.found])),
    };
  }

  it('warns of nothing but that no worker is there, and ends with status 0', async () => {
    const { status, statusOf } = await examine();
    assert.deepEqual(
      Object.entries(statusOf).filter(([, found]) => found !== 'ok'),
      [['workers', 'warn']],
    );
    assert.equal(status, 0);
  });

  it('finds everything right while a worker runs', async () => {
    const worker = await system.startWorker();
    let statusOf: Record<string, string>;
    // Temporal knows who polls once a first poll of each kind has reached it.
    do ({ statusOf } = await examine());
    while (statusOf['workers'] !== 'ok');
    worker.stop();
    await worker.finished;
    assert.deepEqual([...new Set(Object.values(statusOf))], ['ok']);
  });

  it('fails, and still checks all the rest, where a setting is wrong and PostgreSQL and Temporal are away', async () => {
    const right = await examine();
    const { status, statusOf, foundBy } = await examine({
      HTTP_PORT: 'many',
      RELAY_BATCH_SIZE: '0',
      DATABASE_URL: `postgres://127.0.0.1:${NOBODYS_PORT}/flagsmith`,
      TEMPORAL_ADDRESS: `127.0.0.1:${NOBODYS_PORT}`,
    });
    assert.equal(status, 1);
    assert.deepEqual(Object.keys(statusOf), Object.keys(right.statusOf));
    const { configuration, PostgreSQL, Temporal, ENVIRONMENTS_TABLE_NAME_DYNAMO } = statusOf;
    assert.deepEqual(
      [configuration, PostgreSQL, Temporal, ENVIRONMENTS_TABLE_NAME_DYNAMO],
      ['FAIL', 'FAIL', 'FAIL', 'ok'],
    );
    assert.match(foundBy['configuration'] ?? '', /RELAY_BATCH_SIZE: .*; HTTP_PORT: /);
  });

  it('tells which tables are written, and that they are those of shadow mode', async () => {
    const { v1, v2 } = system.tables;
    const usual = await examine();
    assert.equal(usual.foundBy['tables written'], `${v1}, ${v2}: those that readers of documents read`);
    const shadow = await examine({ SHADOW_TABLE_SUFFIX: '_shadow' });
    assert.equal(
      shadow.foundBy['tables written'],
      `${v1}_shadow, ${v2}_shadow: shadow mode (SHADOW_TABLE_SUFFIX=_shadow), Flagsmith’s own stay as they are`,
    );
    assert.equal(shadow.foundBy['ENVIRONMENTS_TABLE_NAME_DYNAMO'], `${v1}_shadow: there is no such table`);
  });

  it('prints a line a check with what to do, and no password', async () => {
    const { stdout } = await envsync(['doctor'], {
      ...system.env,
      DATABASE_URL: system.database.url.replace(/:[^:@/]+@/, ':wrong-password@'),
    });
    assert.match(stdout, /^ok {4}configuration: complete$/m);
    assert.match(stdout, /^FAIL {2}PostgreSQL: cannot be reached: .*\n {6}→ /m);
    assert.doesNotMatch(stdout, /wrong-password/);
  });
});
