import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { documentLines, type DocumentLine } from '../../src/preview/documentLines.js';
import { connectDatabase, sqlState } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { inUnorderedSnapshot } from '../../src/db/snapshot.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { loadScenario, useDatabase } from '../support/database.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';

describe('inUnorderedSnapshot', () => {
  const database = useDatabase({ template: 'baseline' });
  const isReadOnly = '25006';

  it('reads one moment, whatever is committed meanwhile, of a database without our schema', async () => {
    const projectId = await insertProject(database.sql);
    await insertEnvironment(database.sql, projectId);
    const count = () => database.db`SELECT FROM environments_environment`.then((rows) => rows.length);
    const before = await count();
    const seen = await inUnorderedSnapshot(database.db, async (tx) => {
      await insertEnvironment(database.sql, projectId);
      return (await tx`SELECT FROM environments_environment`).length;
    });
    assert.deepEqual([seen, await count()], [before, before + 1]);
  });

  it('gives its own moment, in UTC', async () => {
    const { asOf } = await inUnorderedSnapshot(database.db, (_tx, snapshot) => Promise.resolve(snapshot));
    assert.match(asOf, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    assert.ok(Math.abs(Date.parse(`${asOf}Z`) - Date.now()) < 60_000);
  });

  it('lets nothing be written', async () => {
    await assert.rejects(
      inUnorderedSnapshot(database.db, (tx) => tx`UPDATE environments_environment SET name = 'changed'`),
      (error) => sqlState(error) === isReadOnly,
    );
  });
});

describe('the lines of a standby', () => {
  const PROGRESS = { progress: () => undefined };

  it('are those of the primary that it was', async function () {
    this.timeout(120_000);
    const dataDir = await mkdtemp(path.join(tmpdir(), 'standby-'));
    await chmod(dataDir, 0o711); // As root the server runs as somebody else.
    try {
      const primary = await startPostgres({ ...PROGRESS, dataDir });
      const expected = await linesOf(primary.url, async (db) => {
        await migrate(db, { instanceName: 'test', creationEnabled: false, baseline: true });
        await loadScenario(primary.url, 'a_minimal');
      }).finally(() => primary.stop());
      await writeFile(path.join(dataDir, 'postgres', 'standby.signal'), '');
      const standby = await startPostgres({ ...PROGRESS, dataDir });
      const found = await linesOf(standby.url, async (db) => {
        const [mode] = await db<{ in_hot_standby: string }[]>`SHOW in_hot_standby`;
        assert.equal(mode?.in_hot_standby, 'on');
      }).finally(() => standby.stop());
      assert.equal(found.length, 1);
      assert.deepEqual(found, expected);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  async function linesOf(
    url: string,
    prepare: (db: ReturnType<typeof connectDatabase>) => Promise<void>,
  ): Promise<DocumentLine[]> {
    const db = connectDatabase(url, { applicationName: 'tested' });
    try {
      await prepare(db);
      const lines: DocumentLine[] = [];
      const options = {
        tables: { v1: undefined, v2: undefined },
        seedingPolicy: { inferenceWindowMs: 60_000 },
        encoding: 'json',
        compression: 'on',
        showSecrets: false,
      } as const;
      for await (const line of documentLines(db, 'all', options)) lines.push(line);
      return lines;
    } finally {
      await db.end();
    }
  }
});
