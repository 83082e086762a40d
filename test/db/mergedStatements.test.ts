import assert from 'node:assert/strict';
import type { DatabaseSession } from '../../src/db/connect.js';
import { mergingStatements } from '../../src/db/mergedStatements.js';
import { useDatabase } from '../support/database.js';

describe('a session that merges statements', () => {
  const database = useDatabase({ template: 'empty' });

  before(async () => {
    await database.sql`CREATE TABLE feature (id integer PRIMARY KEY, project_id integer, name text)`;
    await database.sql`INSERT INTO feature VALUES (1, 7, 'one'), (2, 7, 'two'), (3, 8, 'three')`;
  });

  /** Runs `ask` with such a session; gives what it gave, and how many statements PostgreSQL got. */
  const merged = async <T>(ask: (session: DatabaseSession) => Promise<T>): Promise<[T, number]> => {
    let sent = 0;
    const answer = await database.db.transaction((tx) => {
      const counting: DatabaseSession = (strings, ...values) => {
        if (!strings.some((text) => text.includes('asked.id'))) sent++;
        return tx(strings, ...values);
      };
      return ask(mergingStatements(counting));
    });
    return [answer, sent];
  };
  const namesOf = async (session: DatabaseSession, projectId: number, notId = 0) => {
    const rows = await session<{ name: string }[]>`
      SELECT name FROM feature WHERE project_id = ${projectId} AND id <> ${notId} AND ${projectId} > 0 ORDER BY id`;
    return rows.map((row) => ({ ...row }));
  };

  it('sends one for many that differ in an id, and gives each its own rows, in their order', async () => {
    const [names, sent] = await merged((session) =>
      Promise.all([8, 9, 7, 8].map((projectId) => namesOf(session, projectId))),
    );
    assert.deepEqual(names, [
      [{ name: 'three' }],
      [],
      [{ name: 'one' }, { name: 'two' }],
      [{ name: 'three' }],
    ]);
    assert.equal(sent, 1);
  });

  it('counts the rows of each', async () => {
    const [counts] = await merged((session) =>
      Promise.all(
        [7, 9].map(async (id) => (await session`SELECT id FROM feature WHERE project_id = ${id}`).count),
      ),
    );
    assert.deepEqual(counts, [2, 0]);
  });

  it('merges what is asked after the answers to other statements, too', async () => {
    const [names, sent] = await merged((session) =>
      Promise.all(
        [1, 3].map(async (id) => {
          const [feature] = await session<{ projectId: number }[]>`
            SELECT project_id AS "projectId" FROM feature WHERE id = ${id}`;
          return await namesOf(session, feature!.projectId);
        }),
      ),
    );
    assert.deepEqual(names, [[{ name: 'one' }, { name: 'two' }], [{ name: 'three' }]]);
    assert.equal(sent, 2);
  });

  it('sends by themselves those that differ in two values, in a text, or in nothing', async () => {
    const [, two] = await merged((session) => Promise.all([namesOf(session, 7, 1), namesOf(session, 8, 2)]));
    const [found, text] = await merged((session) =>
      Promise.all(
        ['one', 'three'].map(
          (name) => session<{ id: number }[]>`SELECT id FROM feature WHERE name = ${name}`,
        ),
      ),
    );
    const [same, nothing] = await merged((session) =>
      Promise.all([namesOf(session, 7), namesOf(session, 7)]),
    );
    assert.deepEqual([two, text, nothing], [2, 2, 2]);
    assert.deepEqual(
      found.map(([row]) => row!.id),
      [1, 3],
    );
    assert.deepEqual(same[0], same[1]);
  });

  it('tells each of those that asked of a failure', async () => {
    const outcomes = await database.db
      .transaction((tx) => {
        const session = mergingStatements(tx);
        return Promise.allSettled([7, 8].map((id) => session`SELECT 1 / (${id}::integer - 8) AS quotient`));
      })
      .catch(() => undefined);
    assert.deepEqual(
      outcomes?.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });
});
