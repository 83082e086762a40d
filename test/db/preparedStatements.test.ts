import assert from 'node:assert/strict';
import { connectDatabase, type Database, sqlState } from '../../src/db/connect.js';
import { useDatabase } from '../support/database.js';

describe('a database that keeps the plans of its statements', () => {
  const database = useDatabase({ template: 'empty' });
  const givenUp: unknown[] = [];
  let db: Database;

  before(() => database.sql`CREATE TABLE feature (id integer, name varchar(10))`);
  beforeEach(() => {
    givenUp.length = 0;
    db = connectDatabase(database.url, {
      applicationName: 'prepared',
      maxConnections: 1,
      prepare: { onGivenUp: (error) => givenUp.push(error) },
    });
  });
  afterEach(() => db.end());

  const names = (id: number) =>
    db.transaction(async (tx) => {
      const rows = await tx<{ name: string }[]>`SELECT name FROM feature WHERE id = ${id}`;
      return rows.map(({ name }) => name);
    });
  const kept = () =>
    db.transaction(
      (tx) => tx<{ statement: string; executions: number }[]>`
      SELECT statement, (generic_plans + custom_plans)::integer AS executions FROM pg_prepared_statements
      WHERE statement LIKE '%FROM feature%' AND statement NOT LIKE '%pg_prepared_statements%'`,
    );

  it('prepares the statements of transactions once a connection, also those that travel together', async () => {
    await database.sql`INSERT INTO feature VALUES (1, 'one')`;
    await db.transaction(async (tx) => {
      const same = [1, 2, 3].map((id) => tx`SELECT name FROM feature WHERE id = ${id}`);
      await Promise.all(same);
    });
    assert.deepEqual(await names(1), ['one']);
    assert.deepEqual(
      (await kept()).map(({ executions }) => executions),
      [4],
    );
  });

  it('goes on after Flagsmith has changed the type of a column that a statement gives', async () => {
    await names(1);
    await database.sql`ALTER TABLE feature ALTER COLUMN name TYPE text`;
    await assert.rejects(names(1), (error) => sqlState(error) === '0A000');
    assert.deepEqual(await names(1), ['one']);
    assert.equal((await kept()).length, 1);
    assert.equal(givenUp.length, 0);
  });

  it('does without from the first time that a statement is not known where it was prepared', async () => {
    await names(1);
    // As behind a pooler that gives the next transaction a connection of somebody else.
    await db.transaction((tx) => tx.script('DEALLOCATE ALL'));
    await assert.rejects(names(1), (error) => sqlState(error) === '26000');
    for (let read = 0; read < 3; read++) assert.deepEqual(await names(1), ['one']);
    assert.equal((await kept()).length, 0);
    assert.deepEqual(givenUp.map(sqlState), ['26000']);
  });

  it('does without from the first time that somebody else has prepared a statement there', async () => {
    const statement = 'SELECT name FROM feature WHERE id = $1';
    const [{ name } = { name: '' }] = await db.transaction((tx) =>
      tx`SELECT name FROM feature WHERE id = ${1}`.then(
        () => tx<{ name: string }[]>`SELECT name FROM pg_prepared_statements WHERE statement = ${statement}`,
      ),
    );
    const another = connectDatabase(database.url, {
      applicationName: 'prepared too',
      maxConnections: 1,
      prepare: { onGivenUp: (error) => givenUp.push(error) },
    });
    try {
      await another.transaction((tx) => tx.script(`PREPARE ${name} (integer) AS ${statement}`));
      const read = () =>
        another.transaction((tx) => tx<{ name: string }[]>`SELECT name FROM feature WHERE id = ${1}`);
      await assert.rejects(read(), (error) => sqlState(error) === '42P05');
      assert.equal((await read()).length, 1);
      assert.equal(givenUp.length, 1);
    } finally {
      await another.end();
    }
  });
});
