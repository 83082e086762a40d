import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { startPostgres, type EmbeddedPostgres } from '../../src/embedded/postgres.js';

describe('the embedded PostgreSQL', function () {
  this.timeout(60_000);
  const servers: EmbeddedPostgres[] = [];
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'postgres-test-'));
    await chmod(dataDir, 0o755);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await rm(dataDir, { recursive: true });
  });

  it('finds its cluster again in a kept folder, and recovers it after an immediate stop', async () => {
    const first = await start();
    await query(first, `create table kept as select 1 as n`);
    await query(first, `create unlogged table emptied as select 1 as n`);
    await first.stop('immediate');

    const second = await start();
    assert.deepEqual(await query(second, 'select n from kept'), [{ n: 1 }]);
    assert.deepEqual(await query(second, 'select n from emptied'), []);
  });

  it('keeps what unlogged tables hold over an ordinary stop', async () => {
    const first = await start();
    await query(first, `create unlogged table emptied as select 1 as n`);
    await first.stop();

    const second = await start();
    assert.deepEqual(await query(second, 'select n from emptied'), [{ n: 1 }]);
  });

  it('runs with the settings it is given over its own', async () => {
    const server = await start({ fsync: 'on' });
    const settings = await query(
      server,
      `select name, setting from pg_settings where name in ('fsync', 'max_connections') order by name`,
    );
    assert.deepEqual(settings, [
      { name: 'fsync', setting: 'on' },
      { name: 'max_connections', setting: '200' },
    ]);
  });

  it('says what the server printed when it does not start', async () => {
    await assert.rejects(start({ no_such_setting: '1' }), /unrecognized configuration parameter/);
  });

  async function start(settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
    const server = await startPostgres({ progress: () => undefined, dataDir, settings });
    servers.push(server);
    return server;
  }
});

async function query(server: EmbeddedPostgres, statement: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(server.url, { max: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}
