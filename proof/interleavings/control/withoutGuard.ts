import type { Database, DatabaseSession, Transaction } from '../../../src/db/connect.js';

interface Flags {
  environmentIsCreating: boolean;
  creatingFeatureIds: number[];
}

/** The database as a product without the seeding guard would see it: no flag is ever up. */
export const blindToFlags = (db: Database): Database =>
  Object.assign(lowered(db), {
    end: db.end,
    transaction: <T>(work: (tx: Transaction) => Promise<T>, mode?: string) =>
      db.transaction((tx) => work(Object.assign(lowered(tx), { script: tx.script })), mode),
  });

const lowered = (session: DatabaseSession): DatabaseSession =>
  ((strings: TemplateStringsArray, ...values: unknown[]) => {
    const query = session(strings, ...values);
    if (!strings.join('').includes('"environmentIsCreating"')) return query;
    return query.then((rows) =>
      (rows as unknown as Flags[]).map((row) => ({
        ...row,
        ...{ environmentIsCreating: false, creatingFeatureIds: [] },
      })),
    );
  }) as unknown as DatabaseSession;
