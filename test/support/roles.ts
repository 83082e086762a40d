import { connectDatabase, type Database } from '../../src/db/connect.js';
import type { TestDatabase } from './database.js';

export interface TestRole {
  name: string;
  url: string;
  /** For what is tested, with the rights of the role. */
  db: Database;
}

/**
 * Gives the calling `describe` what `use` gives, and in its database logins of its own without any right, which are gone
 * afterwards with all that they made.
 */
export function useRoles<Purpose extends string, Used>(
  purposes: Purpose[],
  use: () => Used,
  databaseOf: (used: Used) => TestDatabase,
): Used & { roles: Record<Purpose, TestRole> } {
  const roles = Object.fromEntries(purposes.map((purpose) => [purpose, {}])) as Record<Purpose, TestRole>;

  // Before the database's own: what uses it ends first.
  after(async () => {
    for (const { name, db } of Object.values<TestRole>(roles)) {
      await db.end();
      await databaseOf(used).sql.unsafe(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
    }
  });
  const used = use();

  before(async () => {
    const database = databaseOf(used);
    for (const purpose of purposes) {
      const name = `${purpose}_${database.name}`;
      await database.sql.unsafe(`CREATE ROLE ${name} LOGIN PASSWORD 'test'`);
      const url = new URL(database.url);
      [url.username, url.password] = [name, 'test'];
      Object.assign(roles[purpose], {
        name,
        url: url.href,
        db: connectDatabase(url.href, { applicationName: name }),
      });
    }
  });

  return Object.assign(used as Used & { roles: Record<Purpose, TestRole> }, { roles });
}
