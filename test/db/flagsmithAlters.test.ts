import assert from 'node:assert/strict';
import postgres from 'postgres';
import { useDatabase } from '../support/database.js';
import { insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { recordedChanges } from './recordedChanges.js';

/** What Flagsmith's migrations may do to a table that carries one of our triggers. */
interface TableCase {
  table: string;
  /** Statements that make the trigger record a change, as Flagsmith's code does before and after the migration. */
  change: string;
  alters: string[];
  /** Those that take the column away which the trigger goes by, with a statement that does without it. */
  withoutItsColumn: { change: string; alters: string[] };
}

const clearFlag = (table: string) =>
  `UPDATE ${table} SET is_creating = 'true'; UPDATE ${table} SET is_creating = 'false'`;
const auditLog = (columns: string, values: string) => `
  INSERT INTO audit_auditlog (created_date, log, is_system_event, ${columns})
  SELECT now(), 'changed', false, ${values} FROM projects_project`;

const tables: TableCase[] = [
  {
    table: 'audit_auditlog',
    change: auditLog('project_id', 'id'),
    alters: [
      'DROP COLUMN skip_signals',
      'DROP COLUMN environment_id',
      'RENAME COLUMN related_object_type TO object_type',
      'ALTER COLUMN project_id TYPE bigint',
      "ALTER COLUMN skip_signals TYPE text[] USING string_to_array(skip_signals, ',')",
      'ALTER COLUMN id TYPE bigint',
      'ADD COLUMN correlation_id uuid DEFAULT gen_random_uuid()',
    ],
    withoutItsColumn: {
      change: auditLog('author_id', 'NULL::integer'),
      alters: ['DROP COLUMN project_id', 'RENAME COLUMN project_id TO project'],
    },
  },
  ...['environments_environment', 'features_feature'].map((table) => ({
    table,
    change: clearFlag(table),
    alters: [
      'DROP COLUMN description',
      'RENAME COLUMN name TO title',
      'ALTER COLUMN id TYPE bigint',
      'ALTER COLUMN is_creating DROP DEFAULT, ALTER COLUMN is_creating TYPE text USING is_creating::text',
      'ADD COLUMN colour text',
    ],
    withoutItsColumn: {
      change: `UPDATE ${table} SET name = name || '.'`,
      alters: ['DROP COLUMN is_creating', 'RENAME COLUMN is_creating TO state'],
    },
  })),
];

for (const { table, change, alters, withoutItsColumn } of tables) {
  describe(`ALTER TABLE ${table}`, () => {
    for (const alter of alters) describeAlter(table, alter, { before: change, after: change, recorded: 1 });
    for (const alter of withoutItsColumn.alters) {
      describeAlter(table, alter, { before: change, after: withoutItsColumn.change, recorded: 0 });
    }
  });
}

interface Changes {
  before: string;
  after: string;
  /** How many changes the statement after the migration still records; it succeeds either way. */
  recorded: 0 | 1;
}

function describeAlter(
  table: string,
  alter: string,
  { before: earlier, after: later, recorded }: Changes,
): void {
  describe(alter, () => {
    const database = useDatabase({ template: 'migrated' });
    const warnings: string[] = [];
    const sessions: postgres.Sql[] = [];
    before(async () => {
      const projectId = await insertProject(database.sql);
      await insertEnvironment(database.sql, projectId);
      await insertFeature(database.sql, projectId, 'size');
      const onnotice = ({ severity, message }: postgres.Notice) => warnings.push(`${severity}: ${message}`);
      for (let n = 0; n < 2; n++) sessions.push(postgres(database.url, { max: 1, onnotice }));
    });
    afterEach(() => Promise.all(sessions.map((session) => session.end())));

    it(`succeeds, and ${recorded ? 'changes are recorded' : 'statements go on'} in sessions old and new`, async () => {
      // Often enough that PostgreSQL keeps the trigger's plans.
      for (const session of sessions) for (let n = 0; n < 7; n++) await session.unsafe(earlier);
      assert.equal((await recordedFlags()).length, 14);

      await sessions[0]!.unsafe(`ALTER TABLE ${table} ${alter}`);
      for (const session of [...sessions, database.sql]) {
        await session.unsafe(later);
        assert.equal((await recordedFlags()).length, recorded);
      }
      assert.deepEqual(warnings, []);
    });

    // Other triggers record the columns that these statements change beside.
    const recordedFlags = () => recordedChanges(database.sql, 'audit_log', 'seeding_finished');
  });
}
