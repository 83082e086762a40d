import pg from 'pg';
import { connectDatabase } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { loadScenario } from '../../test/support/database.js';

/** A PostgreSQL server of the bench's own; its databases hold Flagsmith's tables and ours. */
export interface BenchPostgres {
  version: string;
  /** Makes a database from nothing or, with `copyOf`, from one that nobody is connected to; gives its URL. */
  createDatabase(name: string, options?: { copyOf?: string }): Promise<string>;
}

/** Runs `work` beside a PostgreSQL server, which is gone afterwards. */
export async function withPostgres<T>(
  progress: (line: string) => void,
  work: (postgres: BenchPostgres) => Promise<T>,
): Promise<T> {
  const server = await startPostgres({ progress });
  try {
    return await work({
      version: await serverVersion(server.url),
      createDatabase: (name, { copyOf } = {}) => createDatabase(server.url, name, copyOf),
    });
  } finally {
    await server.stop();
  }
}

/** Runs a script on a connection of its own. */
export async function runScript(url: string, script: string): Promise<void> {
  await withClient(url, (client) => client.query(script));
}

/** Loads a recorded scenario, in the state that autovacuum leaves a database in. */
export async function fillWithScenario(url: string, scenario: string): Promise<void> {
  await loadScenario(url, scenario);
  await settle(url);
}

/** What autovacuum does sooner or later, and would otherwise do in the middle of a measurement. */
export const settle = (url: string): Promise<void> => runScript(url, 'VACUUM (ANALYZE)');

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function serverVersion(url: string): Promise<string> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ server_version: string }>('SHOW server_version'),
  );
  return rows[0]?.server_version ?? 'unknown';
}

async function createDatabase(serverUrl: string, name: string, copyOf: string | undefined): Promise<string> {
  const database = new URL(serverUrl);
  database.pathname = `/${name}`;
  await runScript(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${copyOf ?? 'template0'}`);
  if (copyOf === undefined) await makeTables(database.href);
  return database.href;
}

async function makeTables(url: string): Promise<void> {
  const db = connectDatabase(url, { applicationName: 'bench' });
  try {
    await migrate(db, { instanceName: 'bench', creationEnabled: true, baseline: true });
  } finally {
    await db.end();
  }
}
