import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectDatabase } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { NOBODYS_PORT } from '../support/nobodysPort.js';
import { examinePostgres } from './examine.js';

describe('the checks of PostgreSQL, where it is not reachable', () => {
  it('wait for it once, and say what the others wait for', async () => {
    const databaseUrl = `postgres://127.0.0.1:${NOBODYS_PORT}/flagsmith`;
    const results = Object.values(
      await examinePostgres({ databaseUrl, instanceName: 'default', creationEnabled: true }),
    );
    const [first, ...others] = results;
    assert.deepEqual([first?.check, first?.status], ['PostgreSQL', 'FAIL']);
    assert.match(first?.found ?? '', /^cannot be reached: .*ECONNREFUSED/);
    assert.match(first?.remedy ?? '', /DATABASE_URL is right/);
    assert.ok(others.length > 8);
    assert.ok(others.every((one) => one?.status === 'FAIL' && one.found === 'not checked'));
  });

  it('ask for DATABASE_URL where it is not set', async () => {
    const results = await examinePostgres({
      databaseUrl: undefined,
      instanceName: 'default',
      creationEnabled: true,
    });
    assert.deepEqual(results, {
      PostgreSQL: {
        check: 'PostgreSQL',
        status: 'FAIL',
        found: 'not checked',
        remedy: 'Set DATABASE_URL to the Flagsmith database.',
      },
    });
  });
});

describe('the checks of PostgreSQL, on a standby', () => {
  it('ask for the primary', async function () {
    this.timeout(120_000);
    const settings = { instanceName: 'test', creationEnabled: false };
    const dataDir = await mkdtemp(path.join(tmpdir(), 'standby-'));
    await chmod(dataDir, 0o711); // As root the server runs as somebody else.
    try {
      const primary = await startPostgres({ progress: () => undefined, dataDir });
      const db = connectDatabase(primary.url, { applicationName: 'test' });
      await migrate(db, { ...settings, baseline: true }).finally(() => db.end());
      await primary.stop();
      await writeFile(path.join(dataDir, 'postgres', 'standby.signal'), '');
      const standby = await startPostgres({ progress: () => undefined, dataDir });
      const results = await examinePostgres({ ...settings, databaseUrl: standby.url }).finally(() =>
        standby.stop(),
      );
      for (const check of ['primary', 'order of snapshots']) {
        assert.equal(results[check]?.status, 'FAIL');
        assert.match(results[check].found, /DATABASE_URL leads to a standby/);
        assert.match(results[check].remedy ?? '', /to the primary\.$/);
      }
      assert.equal(results['migrations']?.status, 'ok');
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
