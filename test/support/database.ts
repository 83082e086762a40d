import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import postgres from 'postgres';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { flagsmithSchema } from './flagsmithSchema.js';
import { postgresServer } from './servers.js';

/**
 * `baseline`: Flagsmith's tables that we need, and nothing of ours. `migrated`: with all of ours, creation too.
 * `flagsmith`: all tables of Flagsmith, where a dump of them is at hand, else as `baseline`. `adopted`: with what
 * `migrate` adds by default.
 */
export type Template = 'empty' | 'baseline' | 'migrated' | 'flagsmith' | 'adopted';

export interface TestDatabase {
  /** Also the name of the instance that a migrated one belongs to. */
  name: string;
  url: string;
  /** For the test's own statements. */
  sql: postgres.Sql;
  /** For what is tested. */
  db: Database;
}

const makeTemplate: Record<Template, (url: string) => Promise<void>> = {
  empty: () => Promise.resolve(),
  baseline: async (url) => {
    const folder = new URL('../../drizzle/baseline/', import.meta.url);
    for (const file of (await readdir(folder)).sort()) {
      await runScript(url, await readFile(new URL(file, folder), 'utf8'));
    }
  },
  migrated: async (url) => {
    const db = connectDatabase(url, { applicationName: 'template' });
    await migrate(db, { instanceName: 'test', creationEnabled: true, baseline: true });
    await db.end();
  },
  flagsmith: async (url) => {
    if (flagsmithSchema === undefined) await makeTemplate.baseline(url);
    else await runScript(url, await readFile(flagsmithSchema, 'utf8'));
  },
  adopted: async (url) => {
    await makeTemplate.flagsmith(url);
    const db = connectDatabase(url, { applicationName: 'template' });
    await migrate(db, { instanceName: 'test', creationEnabled: false });
    await db.end();
  },
};

const templates = new Map<Template, Promise<string>>();
let databases = 0;

/**
 * Gives the calling `describe` a database of its own, a clone of the template, from its first test to its last. A
 * connection that the tests leave open fails them.
 */
export function useDatabase({ template }: { template: Template }): TestDatabase {
  const database = {} as TestDatabase;

  before(async () => {
    const source = await templateDatabase(template);
    database.name = `test_${++databases}`;
    await administrate(`CREATE DATABASE ${database.name} TEMPLATE ${source} STRATEGY FILE_COPY`);
    database.url = await urlOf(database.name);
    database.sql = postgres(database.url, { onnotice: () => undefined, connection: { TimeZone: 'UTC' } });
    database.db = connectDatabase(database.url, { applicationName: 'tested' });
    // Workflow ids carry the instance: in the one Temporal server each database's must be its own.
    if (template === 'migrated' || template === 'adopted')
      await database.sql`UPDATE document_sync.instance SET name = ${database.name}`;
  });

  after(async () => {
    await Promise.all([database.sql.end({ timeout: 1 }), database.db.end()]);
    await dropUnused(database.name);
  });

  return database;
}

/** Makes changes that no trigger of ours records: no sync hears of them, not even later. */
export async function silently<T>(
  { url }: TestDatabase,
  change: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  const session = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { TimeZone: 'UTC', session_replication_role: 'replica' },
  });
  try {
    return await change(session);
  } finally {
    await session.end();
  }
}

/** Loads a scenario of `test/fixtures`; all of its tables are expected to be empty. */
export async function loadScenario(databaseUrl: string, scenario: string): Promise<void> {
  const file = new URL(`../fixtures/scenarios/${scenario}/rows.sql.gz`, import.meta.url);
  await runScript(databaseUrl, gunzipSync(await readFile(file)).toString());
}

async function templateDatabase(template: Template): Promise<string> {
  let making = templates.get(template);
  if (!making) {
    making = makeDatabase(`template_${template}`, makeTemplate[template]);
    templates.set(template, making);
  }
  return making;
}

async function makeDatabase(name: string, fill: (url: string) => Promise<void>): Promise<string> {
  await administrate(`CREATE DATABASE ${name}`);
  await fill(await urlOf(name));
  return name;
}

/** On a connection of its own: scripts set session variables and hold transactions. */
async function runScript(url: string, script: string): Promise<void> {
  const session = postgres(url, { max: 1, onnotice: () => undefined });
  await session.unsafe(script);
  await session.end();
}

async function dropUnused(name: string): Promise<void> {
  const OBJECT_IN_USE = '55006';
  for (let attempt = 1; ; attempt++) {
    try {
      await administrate(`DROP DATABASE ${name}`);
      return;
    } catch (error) {
      // A connection closed a moment ago is still being taken down; the server itself waits 5 s for it each time.
      if ((error as { code?: string }).code !== OBJECT_IN_USE || attempt >= 3) throw error;
      await delay(100);
    }
  }
}

async function administrate(statement: string): Promise<void> {
  const { url } = await postgresServer();
  const session = postgres(url, { max: 1, onnotice: () => undefined });
  await session.unsafe(statement);
  await session.end();
}

async function urlOf(database: string): Promise<string> {
  const url = new URL((await postgresServer()).url);
  url.pathname = `/${database}`;
  return url.href;
}
