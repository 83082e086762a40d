import assert from 'node:assert/strict';
import type { PostgresSettings } from '../../src/cli/doctor/postgresChecks.js';
import { useDatabase } from '../support/database.js';
import { useRoles } from '../support/roles.js';
import { examinePostgres } from './examine.js';

interface Defect {
  check: string;
  status: 'warn' | 'FAIL';
  found: RegExp;
  remedy: RegExp;
  make: string;
  undo: string;
}

const MIGRATE = /^Run `envsync migrate`/;

const defects: Record<string, Defect> = {
  'a server that is too old': {
    check: 'PostgreSQL',
    status: 'FAIL',
    found: /^version 13\.14$/,
    remedy: /^Upgrade it to 14 or later/,
    ...inPlaceOf(
      'current_setting(name text)',
      'text',
      "CASE name WHEN 'server_version' THEN '13.14' ELSE '130014' END",
    ),
  },
  'a column that is missing': {
    check: 'Flagsmith’s tables',
    status: 'FAIL',
    found: /^missing: projects_project\.enable_dynamo_db$/,
    remedy: /DATABASE_URL is right and Flagsmith’s migrations have run/,
    make: 'ALTER TABLE projects_project RENAME enable_dynamo_db TO other',
    undo: 'ALTER TABLE projects_project RENAME other TO enable_dynamo_db',
  },
  'a table that is missing': {
    check: 'Flagsmith’s tables',
    status: 'FAIL',
    found: /^missing: segments_condition$/,
    remedy: /DATABASE_URL is right and Flagsmith’s migrations have run/,
    make: 'ALTER TABLE segments_condition RENAME TO other',
    undo: 'ALTER TABLE other RENAME TO segments_condition',
  },
  'a migration that was not applied': {
    check: 'migrations',
    status: 'FAIL',
    found: /^missing: sync\/0001_instance\.sql$/,
    remedy: MIGRATE,
    ...forgetting('sync/0001_instance.sql'),
  },
  'a migration of the creation workflows that was not applied': {
    check: 'migrations',
    status: 'FAIL',
    found: /^missing: creation\/0001_feature_is_creating\.sql$/,
    remedy: MIGRATE,
    ...forgetting('creation/%'),
  },
  'syncs that are paused': {
    check: 'pauses',
    status: 'warn',
    found: /^project 7 since 2026-01-02 03:04:05 UTC; changes that wait: 0$/,
    remedy: /`envsync sync resume --project 7`/,
    make: "INSERT INTO document_sync.paused_sync VALUES (7, '2026-01-02 03:04:05Z')",
    undo: 'DELETE FROM document_sync.paused_sync',
  },
  'a database that was never prepared': {
    check: 'migrations',
    status: 'FAIL',
    found: /^none is applied$/,
    remedy: MIGRATE,
    ...forgetting('%'),
  },
  'a part of the net that was not applied': {
    check: 'migrations',
    status: 'FAIL',
    found: /^missing: net\/0010_condition_trigger\.sql$/,
    remedy: MIGRATE,
    ...forgetting('net/0010%'),
  },
  'a net that was left out': {
    check: 'migrations',
    status: 'warn',
    found: /^the net is left out/,
    remedy: /without --without-net/,
    ...forgetting('net/%'),
  },
  'a migration of a later release': {
    check: 'migrations',
    status: 'warn',
    found: /^unknown to this release: sync\/9999_later\.sql$/,
    remedy: /run that one/,
    make: "INSERT INTO document_sync.migration (name) VALUES ('sync/9999_later.sql')",
    undo: "DELETE FROM document_sync.migration WHERE name = 'sync/9999_later.sql'",
  },
  'another instance': {
    check: 'instance',
    status: 'FAIL',
    found: /belongs to the instance "other", not "test_\d+": set INSTANCE_NAME=other/,
    remedy: /INSTANCE_NAME/,
    make: "CREATE TABLE kept AS SELECT * FROM document_sync.instance; UPDATE document_sync.instance SET name = 'other'",
    undo: 'UPDATE document_sync.instance SET name = kept.name FROM kept; DROP TABLE kept',
  },
  'a trigger that is disabled': {
    check: 'triggers',
    status: 'FAIL',
    found: /^missing or disabled: document_sync_record_audit_log on public\.audit_auditlog$/,
    remedy: /ENABLE TRIGGER/,
    make: 'ALTER TABLE audit_auditlog DISABLE TRIGGER document_sync_record_audit_log',
    undo: 'ALTER TABLE audit_auditlog ENABLE TRIGGER document_sync_record_audit_log',
  },
  'a trigger that fires on replicas only': {
    check: 'triggers',
    status: 'FAIL',
    found: /document_sync_record_update on public\.segments_condition$/,
    remedy: /ENABLE TRIGGER/,
    make: 'ALTER TABLE segments_condition ENABLE REPLICA TRIGGER document_sync_record_update',
    undo: 'ALTER TABLE segments_condition ENABLE TRIGGER document_sync_record_update',
  },
  'a trigger that is gone': {
    check: 'triggers',
    status: 'FAIL',
    found: /document_sync_record_delete on public\.segments_condition$/,
    remedy: /`envsync uninstall --yes` and `envsync migrate`/,
    make: 'ALTER TRIGGER document_sync_record_delete ON segments_condition RENAME TO other',
    undo: 'ALTER TRIGGER other ON segments_condition RENAME TO document_sync_record_delete',
  },
  'snapshots that have no epoch': {
    check: 'order of snapshots',
    status: 'FAIL',
    found: /^This database is not prepared/,
    remedy: MIGRATE,
    make: 'ALTER TABLE document_sync.alive RENAME TO other',
    undo: 'ALTER TABLE document_sync.other RENAME TO alive',
  },
  'a database that was moved': {
    check: 'cluster',
    status: 'warn',
    found: /^system identifier \d+, and migrate recorded 1$/,
    remedy: /`envsync migrate --accept-source`/,
    make: "INSERT INTO document_sync.accepted_source (source) VALUES ('1')",
    undo: "DELETE FROM document_sync.accepted_source WHERE source = '1'",
  },
  'a seeding flag that is missing': {
    check: 'features_feature.is_creating',
    status: 'FAIL',
    found: /^absent, with CREATION_ENABLED=true$/,
    remedy: MIGRATE,
    make: 'ALTER TABLE features_feature RENAME is_creating TO other',
    undo: 'ALTER TABLE features_feature RENAME other TO is_creating',
  },
  'changes that nobody hands over': {
    check: 'outbox',
    status: 'warn',
    found: /^1 waiting, the oldest for \d+ s$/,
    remedy: /a worker runs.*outbox\.postponed or outbox\.relay_failed/,
    make: "INSERT INTO document_sync.outbox (environment_id, source, changed_at) VALUES (1, 'audit_log', now() - interval '5 minutes')",
    undo: 'DELETE FROM document_sync.outbox',
  },
  'a clock that is ahead': {
    check: 'clocks',
    status: 'warn',
    found: /^PostgreSQL’s is (59|60|61)\d{3} ms ahead of this machine’s$/,
    remedy: /NTP/,
    ...inPlaceOf('clock_timestamp()', 'timestamptz', "pg_catalog.clock_timestamp() + interval '1 minute'"),
  },
};

/** A function of PostgreSQL's gives something else. */
function inPlaceOf(signature: string, type: string, value: string): Pick<Defect, 'make' | 'undo'> {
  return {
    make: `CREATE SCHEMA instead;
      CREATE FUNCTION instead.${signature} RETURNS ${type} LANGUAGE sql AS $$ SELECT ${value} $$;
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = instead, pg_catalog, public', current_database()); END $$`,
    undo: `DROP SCHEMA instead CASCADE;
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$`,
  };
}

function forgetting(migrations: string): Pick<Defect, 'make' | 'undo'> {
  return {
    make: `CREATE TABLE kept AS SELECT * FROM document_sync.migration;
      DELETE FROM document_sync.migration WHERE name LIKE '${migrations}'`,
    undo: 'INSERT INTO document_sync.migration SELECT * FROM kept ON CONFLICT DO NOTHING; DROP TABLE kept',
  };
}

describe('the checks of PostgreSQL', () => {
  const database = useRoles(
    ['nobody'],
    () => useDatabase({ template: 'migrated' }),
    (used) => used,
  );
  const settings = (): PostgresSettings => ({
    databaseUrl: database.url,
    instanceName: database.name,
    creationEnabled: true,
  });

  for (const [defect, { check, status, found, remedy, make, undo }] of Object.entries(defects)) {
    it(`tell of ${defect}, and of nothing once it is put right`, async () => {
      await database.sql.unsafe(make);
      const told = (await examinePostgres(settings()))[check];
      await database.sql.unsafe(undo);
      assert.equal(told?.status, status);
      assert.match(told.found, found);
      assert.match(told.remedy ?? '', remedy);
      const after = Object.values(await examinePostgres(settings()));
      assert.deepEqual(
        after.filter((result) => result?.status !== 'ok'),
        [],
      );
    });
  }

  const asNobody = () => {
    const url = new URL(database.url);
    [url.username, url.password] = [database.roles.nobody.name, 'test'];
    return { ...settings(), databaseUrl: url.href };
  };

  it('name the rights that a role lacks, and who gives them', async () => {
    const { privileges, instance } = await examinePostgres(asNobody());
    assert.equal(privileges?.status, 'FAIL');
    assert.match(
      privileges.found,
      /^missing: USAGE on schema document_sync, .*SELECT on public\.features_feature,.* UPDATE on document_sync\.outbox/s,
    );
    assert.match(privileges.remedy ?? '', /`envsync grants`/);
    assert.equal(instance?.status, 'FAIL');
    assert.equal(instance.found, 'permission denied for schema document_sync');
    assert.match(instance.remedy ?? '', /`envsync grants`/);
  });

  it('tell of a schema that may not be used, though all in it may', async () => {
    const { name } = database.roles.nobody;
    await database.sql.unsafe(`
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA document_sync TO ${name}`);
    const { privileges } = await examinePostgres(asNobody());
    assert.equal(privileges?.found, 'missing: USAGE on schema document_sync');
  });

  it('tell of a table of pauses that may not be read, and ask for no more than that', async () => {
    const { name } = database.roles.nobody;
    await database.sql.unsafe(`
      GRANT USAGE ON SCHEMA document_sync TO ${name};
      REVOKE ALL ON document_sync.paused_sync FROM ${name}`);
    const found = async () => (await examinePostgres(asNobody()))['privileges']?.found;
    assert.equal(await found(), 'missing: SELECT on document_sync.paused_sync');
    await database.sql.unsafe(`GRANT SELECT ON document_sync.paused_sync TO ${name}`);
    assert.equal(await found(), 'of a sync: all');
  });

  it('say whose the seeding flag of features is, and what ours asks for before an upgrade', async () => {
    const flag = async (creationEnabled: boolean) =>
      (await examinePostgres({ ...settings(), creationEnabled }))['features_feature.is_creating'];
    assert.match((await flag(true))?.found ?? '', /^ours: `envsync prepare-upgrade` before a Flagsmith/);
    await database.sql`COMMENT ON COLUMN features_feature.is_creating IS NULL`;
    assert.equal((await flag(true))?.found, 'Flagsmith’s own');
    await database.sql`ALTER TABLE features_feature DROP COLUMN is_creating`;
    assert.equal((await flag(false))?.found, 'absent, and not needed without CREATION_ENABLED');
  });

  it('are each made to fail by a defect above, but for two', async () => {
    const made = new Set(Object.values(defects).map(({ check }) => check));
    const checks = Object.keys(await examinePostgres(settings()));
    assert.deepEqual(
      checks.filter((check) => !made.has(check)),
      ['primary', 'privileges'],
    );
  });
});
