import assert from 'node:assert/strict';
import postgres from 'postgres';
import { useDatabase } from '../support/database.js';
import { insertRow, insertRows } from './changedRows.js';
import { recordedChanges } from './recordedChanges.js';

const integrations = {
  ...Object.fromEntries(
    ['amplitude', 'heap', 'mixpanel', 'rudderstack', 'segment'].map((kind) => [
      `${kind}_${kind}configuration`,
      { base_url: 'https://example.com', api_key: 'key' },
    ]),
  ),
  webhook_webhookconfiguration: { url: 'https://example.com', secret: 'secret' },
};

const tables = [
  ...['organisations_organisation', 'organisations_subscription', 'projects_project'],
  ...['environments_environment', 'feature_versioning_environmentfeatureversion'],
  ...['features_feature', 'features_featurestate', 'features_featurestatevalue', 'features_featuresegment'],
  ...['multivariate_multivariatefeatureoption', 'multivariate_multivariatefeaturestatevalue'],
  ...['segments_segment', 'segments_segmentrule', 'segments_condition', ...Object.keys(integrations)],
];

/** Their rows come and go with others: only an update is looked at, and `rewrite` makes none that counts. */
const updatesOnly = [
  ...['organisations_organisation', 'projects_project', 'features_feature', 'features_featuresegment'],
  'multivariate_multivariatefeatureoption',
];

/** Writes to every row of the table in each way there is. */
const rewrite = (table: string) => `
  CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM ${table};
  DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM kept; UPDATE ${table} SET uuid = uuid`;

const retype = (column: string, type: string) =>
  type === 'integer'
    ? `ALTER COLUMN ${column} TYPE bigint`
    : `ALTER COLUMN ${column} DROP DEFAULT, ALTER COLUMN ${column} TYPE text`;

const rolledBack = new Error('rolled back');

describe("Flagsmith's own migrations", () => {
  const database = useDatabase({ template: 'migrated' });
  const warnings: string[] = [];
  let flagsmith: postgres.Sql;
  before(async () => {
    const rows = await insertRows(database.sql);
    for (const [table, columns] of Object.entries(integrations)) {
      await insertRow(database.sql, table, { environment_id: rows.v1, ...columns });
    }
  });
  beforeEach(() => {
    flagsmith = postgres(database.url, {
      max: 1,
      onnotice: ({ severity, message }) => severity === 'WARNING' && warnings.push(message ?? ''),
    });
  });
  afterEach(async () => {
    await flagsmith.end();
    warnings.length = 0;
  });

  for (const table of tables) {
    it(`may drop, rename and retype each column of ${table}, and write to it afterwards`, async () => {
      // Often enough that PostgreSQL keeps the triggers' plans.
      for (let n = 0; n < 7; n++) await undone(rewrite(table));
      assert.equal(warnings[0], undefined);
      for (const alter of await altersOf(table)) {
        warnings.length = 0;
        const recorded = await undone(`ALTER TABLE ${table} ${alter}; ${rewrite(table)}`);
        assert.ok(warnings.every((warning) => warning.startsWith('document_sync: ')));
        assert.ok(recorded + warnings.length > 0 || updatesOnly.includes(table), `${alter}: lost in silence`);
      }
    });
  }

  /** Gives how many changes were recorded. */
  async function undone(statements: string): Promise<number> {
    let recorded = 0;
    const transaction = flagsmith.begin(async (tx) => {
      await tx`DELETE FROM document_sync.outbox`;
      await tx.unsafe(statements);
      recorded = (await tx`SELECT FROM document_sync.outbox`).length;
      throw rolledBack;
    });
    await assert.rejects(transaction, rolledBack, statements);
    return recorded;
  }

  async function altersOf(table: string): Promise<string[]> {
    const columns = await database.sql<{ name: string; type: string }[]>`
      SELECT column_name AS name, data_type AS type FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = ${table} AND column_name <> 'uuid'`;
    return columns.flatMap(({ name, type }) => [
      `DROP COLUMN ${name} CASCADE`,
      `RENAME COLUMN ${name} TO renamed`,
      ...(type === 'uuid' ? [] : [retype(name, type)]),
    ]);
  }
});

describe('a role without any right on document_sync', () => {
  const database = useDatabase({ template: 'migrated' });
  const role = 'flagsmith_writer';
  afterEach(async () => {
    await database.sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('writes to every table, and its changes are recorded', async () => {
    const { sql } = database;
    const rows = await insertRows(sql);
    for (const [table, columns] of Object.entries(integrations)) {
      await insertRow(sql, table, { environment_id: rows.v1, ...columns });
    }
    await sql.unsafe(`
      DELETE FROM document_sync.outbox; CREATE ROLE ${role}; GRANT USAGE ON SCHEMA public TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    await sql.begin(async (tx) => {
      await tx.unsafe(`SET LOCAL ROLE ${role}`);
      const [rights] = await tx`SELECT has_schema_privilege('document_sync', 'USAGE') AS granted`;
      assert.deepEqual(rights, { granted: false });
      await tx.unsafe(`
        UPDATE projects_project SET name = 'Another'; UPDATE organisations_organisation SET name = 'Another';
        UPDATE features_feature SET name = 'Another'; UPDATE segments_segment SET name = 'Another';
        UPDATE features_featuresegment SET priority = 9;
        UPDATE multivariate_multivariatefeatureoption SET string_value = 'another'`);
      for (const table of tables) await tx.unsafe(`${rewrite(table)}; DROP TABLE kept`);
    });
    const sources = new Set((await recordedChanges(sql)).map(({ source }) => source));
    assert.deepEqual([...sources].sort(), [...tables].sort());
  });
});

describe('a change that cannot be recorded', () => {
  const failures = {
    'because the outbox is gone': 'DROP TABLE document_sync.outbox',
    'because the outbox refuses it': 'ALTER TABLE document_sync.outbox ADD CHECK (project_id < 0) NOT VALID',
    'because the function that finds documents is gone':
      'DROP FUNCTION document_sync.documents_of_projects, document_sync.documents_of_features',
  };
  for (const [why, breaking] of Object.entries(failures)) {
    describe(why, () => {
      const database = useDatabase({ template: 'migrated' });

      it("lets Flagsmith's statements succeed, and warns", async () => {
        await insertRows(database.sql);
        await database.sql.unsafe(breaking);
        const warnings: string[] = [];
        const flagsmith = postgres(database.url, {
          max: 1,
          onnotice: ({ severity, message }) => warnings.push(`${severity}: ${message}`),
        });
        await flagsmith`UPDATE projects_project SET name = 'Another'`;
        await flagsmith`UPDATE multivariate_multivariatefeatureoption SET key = 'another'`;
        await flagsmith.end();
        assert.deepEqual(
          warnings.map((warning) => /^WARNING: document_sync: [\w ]+/.exec(warning)?.[0]),
          [
            'WARNING: document_sync: a change of projects_project was not recorded',
            'WARNING: document_sync: a change of multivariate_multivariatefeatureoption was not recorded',
          ],
        );
        const [project] = await database.sql`SELECT name FROM projects_project`;
        assert.deepEqual(project, { name: 'Another' });
      });
    });
  }
});

describe('the schema document_sync dropped with all that hangs on it', () => {
  const database = useDatabase({ template: 'migrated' });

  it("takes its triggers along, and Flagsmith's statements succeed", async () => {
    const { sql } = database;
    const flagsmith = await sql.reserve();
    await insertRows(sql);
    await flagsmith.unsafe('UPDATE features_featurestate SET enabled = NOT enabled');
    await sql.unsafe('DROP SCHEMA document_sync CASCADE');
    await flagsmith.unsafe('UPDATE features_featurestate SET enabled = NOT enabled');
    flagsmith.release();
    const triggers = await sql`SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`;
    assert.deepEqual([...triggers], []);
  });
});
