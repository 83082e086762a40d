import type { Sql } from 'postgres';
import type { Database, DatabaseSession } from '../../src/db/connect.js';

/**
 * Runs what is written for the driver of the tests in one transaction of the product's: theirs does not survive that a
 * connection dies while it writes. What begins transactions itself is a part of this one.
 */
export const inOneCommit = <T>(db: Database, work: (sql: Sql) => Promise<T>): Promise<T> =>
  db.transaction((tx) => work(asSql(tx)));

/** As their driver has it: a tag that, given an object, also makes the columns and values of a row. */
export function asSql(session: DatabaseSession): Sql {
  const sql = (first: TemplateStringsArray | object, ...values: unknown[]) =>
    'raw' in first ? session(first, ...values) : row(session, first);
  return Object.assign(sql, { begin: (work: (tx: unknown) => unknown) => work(sql) }) as unknown as Sql;
}

function row(session: DatabaseSession, columns: object) {
  const values = Object.values(columns) as unknown[];
  const places = [`(${Object.keys(columns).join(', ')}) VALUES (`, ...values.slice(1).map(() => ', '), ')'];
  return session(Object.assign(places, { raw: places }), ...values);
}
