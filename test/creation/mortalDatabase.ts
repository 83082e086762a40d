import pg from 'pg';
import type { Database } from '../../src/db/connect.js';
import { Query } from '../../src/db/query.js';
import type { Statement } from '../../src/db/statement.js';
import type { TestDatabase } from '../support/database.js';

export interface Hooks {
  /** Awaited before the statement of this number, from 0, is sent; if it throws, nothing is sent any more. */
  beforeStatement: (number: number) => Promise<void> | void;
}

/** Calls `use` with the database as one process sees it; what the process sends outside of transactions is numbered. */
export async function withStatements<T>(
  database: TestDatabase,
  { beforeStatement }: Hooks,
  use: (db: Database) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({ connectionString: database.url, options: '-c TimeZone=UTC' });
  let number = 0;
  const send = async ({ text, values }: Statement) => {
    await beforeStatement(number++);
    return await pool.query(text, values);
  };
  try {
    return await use(
      Object.assign(
        (strings: TemplateStringsArray, ...values: unknown[]) => Query.fromTemplate(strings, values, send),
        { transaction: database.db.transaction, end: () => pool.end() },
      ) as Database,
    );
  } finally {
    await pool.end();
  }
}

/** Dies before its statement of this number: all before it is committed, and nobody hears of it. */
export const dyingBefore = (statement: number): Hooks => ({
  beforeStatement(number) {
    if (number >= statement) throw new Error(KILLED);
  },
});

export const KILLED = 'The process was killed.';
