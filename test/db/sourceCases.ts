import assert from 'node:assert/strict';
import { useDatabase } from '../support/database.js';
import { insertProject } from '../support/flagsmithData.js';
import { insertRows, type Rows } from './changedRows.js';
import { type RecordedChange, recordedBy } from './recordedChanges.js';

/** Statements of Flagsmith's, and exactly what they record. */
export interface SourceCase {
  change: string;
  statements: (rows: Rows) => string;
  records: (rows: Rows) => RecordedChange[];
}

export const nothing = (): RecordedChange[] => [];
export const ofProject = (source: string) => (rows: Rows) => [
  { project_id: rows.project, environment_id: null, source },
];
export const ofV1 = (source: string) => (rows: Rows) => [
  { project_id: rows.project, environment_id: rows.v1, source },
];
export const ofV2 = (source: string) => (rows: Rows) => [
  { project_id: rows.project, environment_id: rows.v2, source },
];

/** One case a `SET`, of the row that is named. */
export const updates = (
  table: string,
  name: keyof Rows,
  records: SourceCase['records'],
  sets: string[],
): SourceCase[] =>
  sets.map((set) => ({
    change: `${table}, ${name}: ${set}`,
    statements: (rows) =>
      `UPDATE ${table} SET ${set} WHERE ${name.endsWith('Version') ? 'uuid' : 'id'} = '${rows[name]}'`,
    records,
  }));

/** Each case meets the same rows, and beside them a second project that is empty. */
export function describeCases(what: string, cases: SourceCase[]): void {
  describe(what, () => {
    const database = useDatabase({ template: 'migrated' });
    let rows: Rows;
    before(async () => {
      rows = await insertRows(database.sql);
      await insertProject(database.sql);
    });
    for (const { change, statements, records } of cases) {
      it(`${change}: records ${records === nothing ? 'nothing' : 'exactly the documents it is in'}`, async () => {
        assert.deepEqual(await recordedBy(database.sql, statements(rows)), records(rows));
      });
    }
  });
}
