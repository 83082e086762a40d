import assert from 'node:assert/strict';
import { type Result, runChecks } from '../../src/cli/doctor/check.js';
import { postgresChecks } from '../../src/cli/doctor/postgresChecks.js';
import { freePorts } from '../../src/embedded/freePorts.js';
import { useDatabase } from '../support/database.js';
import { useRoles } from '../support/roles.js';
import { useSystem } from '../support/system.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

describe('envsync doctor', () => {
  useBuiltEnvsync();
  const system = useSystem();

  async function examine(settings: Record<string, string> = {}) {
    const { status, stdout, stderr } = await envsync(['doctor', '--json'], { ...system.env, ...settings });
    assert.ok(stdout.startsWith('['), stderr);
    const results = JSON.parse(stdout) as Result[];
    return { status, statusOf: Object.fromEntries(results.map((result) => [result.check, result.status])) };
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
    const { statusOf } = await examine();
    worker.stop();
    await worker.finished;
    assert.deepEqual([...new Set(Object.values(statusOf))], ['ok']);
  });

  it('fails, and still checks all the rest, where a setting is wrong and PostgreSQL and Temporal are away', async () => {
    const [postgres, temporal] = await freePorts(2);
    const right = await examine();
    const { status, statusOf } = await examine({
      HTTP_PORT: 'many',
      DATABASE_URL: `postgres://127.0.0.1:${postgres!}/flagsmith`,
      TEMPORAL_ADDRESS: `127.0.0.1:${temporal!}`,
    });
    assert.equal(status, 1);
    assert.deepEqual(Object.keys(statusOf), Object.keys(right.statusOf));
    const { configuration, PostgreSQL, Temporal, ENVIRONMENTS_TABLE_NAME_DYNAMO } = statusOf;
    assert.deepEqual(
      [configuration, PostgreSQL, Temporal, ENVIRONMENTS_TABLE_NAME_DYNAMO],
      ['FAIL', 'FAIL', 'FAIL', 'ok'],
    );
  });

  it('fails on tables of the wrong keys, a table that is not there, and a namespace that is not there', async () => {
    const { statusOf } = await examine({
      ENVIRONMENTS_TABLE_NAME_DYNAMO: system.tables.v2,
      ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: 'nowhere',
      TEMPORAL_NAMESPACE: 'nowhere',
    });
    assert.equal(statusOf['ENVIRONMENTS_TABLE_NAME_DYNAMO'], 'FAIL');
    assert.equal(statusOf['ENVIRONMENTS_V2_TABLE_NAME_DYNAMO'], 'FAIL');
    assert.equal(statusOf['namespace'], 'FAIL');
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

describe('the checks of PostgreSQL', () => {
  const database = useRoles(
    ['nobody'],
    () => useDatabase({ template: 'migrated' }),
    (used) => used,
  );

  async function examine(url = database.url): Promise<Record<string, Result>> {
    const { checks, end } = postgresChecks({
      databaseUrl: url,
      instanceName: database.name,
      creationEnabled: true,
    });
    const results = await runChecks(checks).finally(end);
    return Object.fromEntries(results.map((result) => [result.check, result]));
  }

  const defects: Record<
    string,
    { check: string; status: string; found: RegExp; make: string; undo: string }
  > = {
    'a trigger that is disabled': {
      check: 'triggers',
      status: 'FAIL',
      found: /document_sync_record_audit_log on public\.audit_auditlog$/,
      make: 'ALTER TABLE audit_auditlog DISABLE TRIGGER document_sync_record_audit_log',
      undo: 'ALTER TABLE audit_auditlog ENABLE TRIGGER document_sync_record_audit_log',
    },
    'a migration that was not applied': {
      check: 'migrations',
      status: 'FAIL',
      found: /^missing: sync\/0001_instance\.sql$/,
      make: "DELETE FROM document_sync.migration WHERE name = 'sync/0001_instance.sql'",
      undo: "INSERT INTO document_sync.migration (name) VALUES ('sync/0001_instance.sql')",
    },
    'a column that is missing': {
      check: 'Flagsmith’s tables',
      status: 'FAIL',
      found: /^missing: projects_project\.enable_dynamo_db$/,
      make: 'ALTER TABLE projects_project RENAME enable_dynamo_db TO other',
      undo: 'ALTER TABLE projects_project RENAME other TO enable_dynamo_db',
    },
    'a seeding flag that is missing': {
      check: 'features_feature.is_creating',
      status: 'FAIL',
      found: /^absent/,
      make: 'ALTER TABLE features_feature RENAME is_creating TO other',
      undo: 'ALTER TABLE features_feature RENAME other TO is_creating',
    },
    'a database that was moved': {
      check: 'cluster',
      status: 'warn',
      found: /migrate recorded 1$/,
      make: "INSERT INTO document_sync.accepted_source (source) VALUES ('1')",
      undo: "DELETE FROM document_sync.accepted_source WHERE source = '1'",
    },
    'changes that nobody hands over': {
      check: 'outbox',
      status: 'warn',
      found: /^1 waiting, the oldest for \d+ s$/,
      make: "INSERT INTO document_sync.outbox (environment_id, source, changed_at) VALUES (1, 'audit_log', now() - interval '5 minutes')",
      undo: 'DELETE FROM document_sync.outbox',
    },
    'a net that was left out': {
      check: 'migrations',
      status: 'warn',
      found: /^the net is left out/,
      make: "CREATE TABLE kept AS SELECT * FROM document_sync.migration; DELETE FROM document_sync.migration WHERE name LIKE 'net/%'",
      undo: 'INSERT INTO document_sync.migration SELECT * FROM kept ON CONFLICT DO NOTHING; DROP TABLE kept',
    },
  };
  for (const [defect, { check, status, found, make, undo }] of Object.entries(defects)) {
    it(`tell of ${defect}, and of nothing once it is put right`, async () => {
      assert.equal((await examine())[check]?.status, 'ok');
      await database.sql.unsafe(make);
      const told = (await examine())[check];
      await database.sql.unsafe(undo);
      assert.equal(told?.status, status);
      assert.match(told.found, found);
      assert.notEqual(told.remedy, undefined);
      assert.equal((await examine())[check]?.status, 'ok');
    });
  }

  it('name the rights that a role lacks', async () => {
    const url = new URL(database.url);
    [url.username, url.password] = [database.roles.nobody.name, 'test'];
    const { privileges } = await examine(url.href);
    assert.equal(privileges?.status, 'FAIL');
    assert.match(privileges.found, /SELECT on public\.features_feature,.* UPDATE on document_sync\.outbox/s);
  });

  it('tell of a database of another instance', async () => {
    await database.sql`UPDATE document_sync.instance SET name = 'other'`;
    assert.equal((await examine())['instance']?.status, 'FAIL');
  });
});
