import assert from 'node:assert/strict';
import postgres from 'postgres';
import { useDatabase } from '../support/database.js';
import {
  type AuditLog,
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertProject,
} from '../support/flagsmithData.js';
import { recordedChanges } from './recordedChanges.js';

describe('an audit row', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let environmentId: number;
  before(async () => {
    projectId = await insertProject(database.sql);
    environmentId = await insertEnvironment(database.sql, projectId);
    await recordedChanges(database.sql);
  });

  const cases: { of: string; columns: Partial<AuditLog>; records: boolean }[] = [
    { of: 'a feature state', columns: {}, records: true },
    {
      of: 'a type with no influence on the document',
      columns: { related_object_type: 'EXPERIMENT' },
      records: true,
    },
    { of: 'a change request', columns: { related_object_type: 'CHANGE_REQUEST' }, records: false },
    {
      of: 'a new feature state, which skips the signal',
      columns: { skip_signals: 'send_environments_to_dynamodb' },
      records: false,
    },
    {
      of: 'a change that skips the signal among others',
      columns: { skip_signals: 'trigger_webhooks,send_environments_to_dynamodb,other' },
      records: false,
    },
    { of: 'a change that skips other signals', columns: { skip_signals: 'trigger_webhooks' }, records: true },
    {
      of: 'a change that skips a signal of a longer name',
      columns: { skip_signals: 'send_environments_to_dynamodb_v2' },
      records: true,
    },
    { of: 'a change that skips the empty name', columns: { skip_signals: '' }, records: true },
    {
      of: 'neither project nor environment',
      columns: { projectId: null, environmentId: null },
      records: false,
    },
  ];
  for (const { of, columns, records } of cases) {
    it(`of ${of} records ${records ? 'a change of its environment' : 'nothing'}`, async () => {
      await insertAuditLog(database.sql, { projectId, environmentId, ...columns });
      assert.deepEqual(
        await recordedChanges(database.sql),
        records ? [{ project_id: projectId, environment_id: environmentId, source: 'audit_log' }] : [],
      );
    });
  }

  it('without an environment records a change of the whole project', async () => {
    await insertAuditLog(database.sql, { projectId });
    assert.deepEqual(await recordedChanges(database.sql), [
      { project_id: projectId, environment_id: null, source: 'audit_log' },
    ]);
  });

  it('without a project records a change of its environment', async () => {
    await insertAuditLog(database.sql, { projectId: null, environmentId });
    assert.deepEqual(await recordedChanges(database.sql), [
      { project_id: null, environment_id: environmentId, source: 'audit_log' },
    ]);
  });

  it('of many in one statement records each environment once', async () => {
    await database.sql`
      INSERT INTO audit_auditlog (created_date, log, project_id, environment_id, related_object_type, is_system_event)
      SELECT now(), 'changed', ${projectId}, CASE WHEN n % 2 = 0 THEN ${environmentId}::integer END, 'FEATURE_STATE', false
      FROM generate_series(1, 100) AS n`;
    const changes = await recordedChanges(database.sql);
    assert.deepEqual(changes.map((change) => change.environment_id).sort(), [environmentId, null]);
  });

  it('records its change in the same transaction: due with its commit, gone with its rollback', async () => {
    const rolledBack = new Error('rolled back');
    const insert = (fail: boolean) =>
      database.sql.begin(async (tx) => {
        await insertAuditLog(tx, { projectId, environmentId });
        const [outbox] = await tx`SELECT FROM document_sync.outbox WHERE due_at <= clock_timestamp()`;
        assert.ok(outbox, 'recorded already');
        assert.deepEqual(await recordedElsewhere(), 0);
        if (fail) throw rolledBack;
      });
    await assert.rejects(insert(true), rolledBack);
    assert.deepEqual(await recordedChanges(database.sql), []);
    await insert(false);
    assert.equal((await recordedChanges(database.sql)).length, 1);
  });

  const recordedElsewhere = async () => (await database.sql`SELECT FROM document_sync.outbox`).length;
});

describe('is_creating', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  before(async () => {
    projectId = await insertProject(database.sql);
    await recordedChanges(database.sql);
  });

  it('cleared of an environment records the end of its seeding', async () => {
    const { sql } = database;
    const id = await insertEnvironment(sql, projectId, { is_creating: true });
    await recordedChanges(sql);
    await sql`UPDATE environments_environment SET is_creating = false WHERE id = ${id}`;
    assert.deepEqual(await recordedChanges(sql), [
      { project_id: projectId, environment_id: id, source: 'seeding_finished' },
    ]);
  });

  it("cleared of features records the end of seeding once for each one's whole project", async () => {
    const { sql } = database;
    const another = await insertProject(sql);
    await insertFeature(sql, projectId, 'one', { is_creating: true });
    await insertFeature(sql, projectId, 'two', { is_creating: true });
    await insertFeature(sql, another, 'three', { is_creating: true });
    await recordedChanges(sql);
    await sql`UPDATE features_feature SET is_creating = false`;
    assert.deepEqual(await recordedChanges(sql), [
      { project_id: projectId, environment_id: null, source: 'seeding_finished' },
      { project_id: another, environment_id: null, source: 'seeding_finished' },
    ]);
  });

  it('cleared of thousands of features is recorded in one pass, also after a statement on a single one', async function () {
    this.timeout(60_000);
    const id = await insertFeature(database.sql, projectId, 'copied');
    // PostgreSQL keeps the plan of a session's first call: one made for a single row.
    const session = postgres(database.url, { max: 1, connection: { statement_timeout: 20_000 } });
    try {
      await session`
        INSERT INTO features_feature SELECT (jsonb_populate_record(feature, jsonb_build_object(
          'id', 100000 + copy, 'name', 'copy-' || copy, 'uuid', gen_random_uuid(), 'is_creating', true))).*
        FROM features_feature AS feature, generate_series(1, 3000) AS copy WHERE id = ${id}`;
      await session`UPDATE features_feature SET is_creating = false WHERE id = 100001`;
      await session`DELETE FROM document_sync.outbox`;
      await session`UPDATE features_feature SET is_creating = false`;
      assert.deepEqual(await recordedChanges(session), [
        { project_id: projectId, environment_id: null, source: 'seeding_finished' },
      ]);
    } finally {
      await session.end();
      await database.sql`DELETE FROM features_feature WHERE id > 100000`;
      await recordedChanges(database.sql);
    }
  });

  for (const table of ['environments_environment', 'features_feature'] as const) {
    it(`of ${table} that was down, goes up, or stays as it is records nothing`, async () => {
      const { sql } = database;
      await sql`UPDATE ${sql(table)} SET description = 'changed'`;
      await sql`UPDATE ${sql(table)} SET is_creating = false`;
      await sql`UPDATE ${sql(table)} SET is_creating = true`;
      await sql`UPDATE ${sql(table)} SET is_creating = true, description = 'changed again'`;
      assert.deepEqual(await recordedChanges(sql), []);
    });
  }
});

describe('a role without any right on document_sync', () => {
  const database = useDatabase({ template: 'migrated' });
  const role = 'flagsmith_application';
  afterEach(async () => {
    await database.sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('writes audit rows and clears flags, and its changes are recorded', async () => {
    const { sql } = database;
    const projectId = await insertProject(sql);
    const environmentId = await insertEnvironment(sql, projectId, { is_creating: true });
    await sql.unsafe(`
      CREATE ROLE ${role}; GRANT USAGE ON SCHEMA public TO ${role};
      GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO ${role}`);
    await sql.begin(async (tx) => {
      await tx.unsafe(`SET LOCAL ROLE ${role}`);
      await insertAuditLog(tx, { projectId, environmentId });
      await tx`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
      const [rights] = await tx`SELECT has_schema_privilege('document_sync', 'USAGE') AS granted`;
      assert.deepEqual(rights, { granted: false });
    });
    assert.deepEqual(
      (await recordedChanges(sql, 'audit_log', 'seeding_finished')).map(({ source }) => source),
      ['audit_log', 'seeding_finished'],
    );
  });
});

describe('a change that cannot be recorded', () => {
  const failures = {
    'because the outbox is gone': 'DROP TABLE document_sync.outbox',
    'because the outbox refuses it': 'ALTER TABLE document_sync.outbox ADD CHECK (project_id < 0) NOT VALID',
    "because the outbox's columns are others": 'ALTER TABLE document_sync.outbox DROP COLUMN source',
  };
  for (const [why, breaking] of Object.entries(failures)) {
    describe(why, () => {
      const database = useDatabase({ template: 'migrated' });

      it("lets Flagsmith's statements succeed, and warns", async () => {
        const { sql } = database;
        const projectId = await insertProject(sql);
        await insertFeature(sql, projectId, 'seeding', { is_creating: true });
        await insertEnvironment(sql, projectId, { is_creating: true });
        await sql.unsafe(breaking);

        const warnings: string[] = [];
        const flagsmith = postgres(database.url, {
          max: 1,
          onnotice: ({ severity, message }) => warnings.push(`${severity}: ${message}`),
        });
        await insertAuditLog(flagsmith, { projectId });
        await flagsmith`UPDATE features_feature SET is_creating = false`;
        await flagsmith`UPDATE environments_environment SET is_creating = false`;
        await flagsmith.end();

        assert.equal((await sql`SELECT FROM audit_auditlog`).length, 1);
        assert.equal((await sql`SELECT FROM features_feature WHERE is_creating`).length, 0);
        assert.deepEqual(
          warnings.map((warning) => /^WARNING: document_sync: [\w ]+/.exec(warning)?.[0]),
          [
            'WARNING: document_sync: an audit log row was not recorded',
            'WARNING: document_sync: the end of seeding was not recorded',
            'WARNING: document_sync: the end of seeding was not recorded',
          ],
        );
      });
    });
  }
});
