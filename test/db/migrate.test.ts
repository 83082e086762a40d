import assert from 'node:assert/strict';
import type { Sql } from 'postgres';
import { connectDatabase } from '../../src/db/connect.js';
import { migrate, migrationScript, requireInstance } from '../../src/db/migrate.js';
import { useDatabase } from '../support/database.js';
import { catalogue } from './catalogue.js';
import { queueBehind } from './queueBehind.js';

const OPTIONS = { instanceName: 'default', creationEnabled: true };

describe('migrate, on a Flagsmith database', () => {
  const database = useDatabase({ template: 'baseline' });

  it('adds everything once, and changes nothing the second time', async () => {
    const first: string[] = [];
    await migrate(database.db, { ...OPTIONS, progress: (line) => first.push(line) });
    const migrated = await withIdentities(database.sql);
    const second: string[] = [];
    await migrate(database.db, { ...OPTIONS, progress: (line) => second.push(line) });

    assert.ok(first.length > 0);
    assert.deepEqual(
      second,
      first.map((line) => line.replace(/^applied: /, 'already there: ')),
    );
    assert.ok(first.every((line) => line.startsWith('applied: ')));
    assert.deepEqual(await withIdentities(database.sql), migrated);
  });

  it('refuses to hand the database to an instance of another name', async () => {
    await assert.rejects(migrate(database.db, { ...OPTIONS, instanceName: 'other' }), {
      message: 'This database belongs to the instance "default", not "other": set INSTANCE_NAME=default.',
    });
    await requireInstance(database.db, 'default');
  });

  it('refuses the baseline, and makes no table for it', async () => {
    const before = await withIdentities(database.sql);
    await assert.rejects(
      migrate(database.db, { ...OPTIONS, baseline: true }),
      /holds \d+ already.*without --baseline/s,
    );
    assert.deepEqual(await withIdentities(database.sql), before);
  });
});

describe('migrate, without creation workflows', () => {
  const database = useDatabase({ template: 'baseline' });

  it("leaves Flagsmith's columns as they are", async () => {
    const columns = async () => [
      ...(await database.sql`
        SELECT table_name, column_name, data_type, column_default FROM information_schema.columns
        WHERE table_schema = 'public' ORDER BY table_name, column_name`),
    ];
    const before = await columns();
    await migrate(database.db, { ...OPTIONS, creationEnabled: false });
    assert.deepEqual(await columns(), before);
  });
});

describe('migrate, where Flagsmith has brought features_feature.is_creating itself', () => {
  const database = useDatabase({ template: 'baseline' });

  it("keeps Flagsmith's column", async () => {
    await database.sql`ALTER TABLE features_feature ADD COLUMN is_creating boolean NOT NULL`;
    await migrate(database.db, OPTIONS);
    const [column] = await database.sql<{ column_default: string | null }[]>`
      SELECT column_default FROM information_schema.columns
      WHERE table_name = 'features_feature' AND column_name = 'is_creating'`;
    assert.deepEqual(column, { column_default: null });
  });
});

describe('migrate, called twice at the same moment', () => {
  const database = useDatabase({ template: 'empty' });

  it('applies each migration once, and both calls succeed', async () => {
    const lines: string[] = [];
    const another = connectDatabase(database.url, { applicationName: 'another migrate', maxConnections: 1 });
    const options = { ...OPTIONS, baseline: true, progress: (line: string) => lines.push(line) };
    try {
      await Promise.all([migrate(database.db, options), migrate(another, options)]);
    } finally {
      await another.end();
    }
    const applied = lines.filter((line) => line.startsWith('applied: '));
    assert.equal(new Set(applied).size, applied.length);
    assert.equal(lines.length, 2 * applied.length);
  });
});

describe('migrate --baseline, in a database that holds a table', () => {
  const database = useDatabase({ template: 'empty' });

  it('refuses, and makes none of its own', async () => {
    await database.sql`CREATE TABLE public.somebodys (id integer)`;
    await assert.rejects(migrate(database.db, { ...OPTIONS, baseline: true }), /this one holds 1 already/);
    const tables = (await catalogue(database.sql)).filter((line) => line.startsWith('column '));
    assert.deepEqual(
      tables.map((line) => line.trim()),
      ['column public.somebodys.id integer f'],
    );
  });
});

describe('migrate, while a transaction of Flagsmith holds a table', () => {
  const holding = {
    /** Adding a trigger waits for whoever writes, and whoever writes waits behind it. */
    'a writer of audit_auditlog': {
      hold: 'LOCK TABLE audit_auditlog IN ROW EXCLUSIVE MODE',
      behind: 'LOCK TABLE audit_auditlog IN ROW EXCLUSIVE MODE',
    },
    /** Adding a column waits even for readers, and readers wait behind it. */
    'a reader of features_feature': {
      hold: 'SELECT FROM features_feature',
      behind: 'SELECT FROM features_feature',
    },
  };
  for (const [who, { hold, behind }] of Object.entries(holding)) {
    describe(`as ${who}`, () => {
      const database = useDatabase({ template: 'baseline' });

      it('waits in short tries that block nobody behind it for long, then succeeds', async () => {
        const { sql, db } = database;
        const holder = await sql.reserve();
        await holder.unsafe(`BEGIN; ${hold}`);
        const migrating = settled(migrate(db, OPTIONS));
        await queueBehind(sql, behind);
        assert.equal(migrating.state, 'pending');
        await holder.unsafe('COMMIT');
        holder.release();
        await migrating.promise;
        await requireInstance(db, 'default');
      });
    });
  }
});

describe('migrate --dry-run', () => {
  const dry = useDatabase({ template: 'baseline' });
  const migrated = useDatabase({ template: 'baseline' });

  it('changes nothing, and prints a script that does what migrate does', async () => {
    const before = await catalogue(dry.sql);
    const script = await migrationScript(dry.db, OPTIONS);
    assert.deepEqual(await catalogue(dry.sql), before);

    const session = await dry.sql.reserve();
    await session.unsafe(script);
    session.release();
    await migrate(migrated.db, OPTIONS);
    assert.deepEqual(await catalogue(dry.sql), await catalogue(migrated.sql));
    await requireInstance(dry.db, 'default');
    assert.match(await migrationScript(dry.db, OPTIONS), /^-- Nothing to do/);
  });
});

describe('migrate --without-net', () => {
  const database = useDatabase({ template: 'baseline' });

  it('leaves the net out, tells of one that is there, and a later migrate adds it', async () => {
    const names = async () =>
      (await database.sql<{ name: string }[]>`SELECT name FROM document_sync.migration ORDER BY name`).filter(
        ({ name }) => name.startsWith('net/'),
      );
    const without = await migrate(database.db, { ...OPTIONS, withoutNet: true });
    assert.deepEqual(await names(), []);
    assert.equal(without.netIsThere, false);
    await migrate(database.db, OPTIONS);
    assert.notDeepEqual(await names(), []);
    assert.equal((await migrate(database.db, { ...OPTIONS, withoutNet: true })).netIsThere, true);
  });
});

describe('migrate, on a database that is not quite Flagsmith’s', () => {
  const empty = useDatabase({ template: 'empty' });
  const changed = useDatabase({ template: 'baseline' });

  it("says that it holds none of Flagsmith's tables, and makes nothing", async () => {
    await assert.rejects(migrate(empty.db, OPTIONS), /none of Flagsmith's tables.*--baseline/s);
    assert.equal((await catalogue(empty.sql)).filter((line) => line.includes('document_sync')).length, 0);
  });

  it('lists every table and column that is missing, and makes nothing', async () => {
    await changed.sql`DROP TABLE heap_heapconfiguration`;
    await changed.sql`ALTER TABLE projects_project RENAME COLUMN enable_dynamo_db TO uses_dynamo_db`;
    const before = await catalogue(changed.sql);
    await assert.rejects(
      migrate(changed.db, OPTIONS),
      /Missing:\n {2}- projects_project\.enable_dynamo_db\n {2}- heap_heapconfiguration$/,
    );
    assert.deepEqual(await catalogue(changed.sql), before);
  });
});

describe('requireInstance', () => {
  const empty = useDatabase({ template: 'empty' });
  const migrated = useDatabase({ template: 'migrated' });

  it('accepts the name that migrate gave', async () => {
    await requireInstance(migrated.db, migrated.name);
  });

  it('names the other instance', async () => {
    await assert.rejects(requireInstance(migrated.db, 'staging'), {
      message:
        `This database belongs to the instance "${migrated.name}", not "staging": ` +
        `set INSTANCE_NAME=${migrated.name}.`,
    });
  });

  it('asks for migrate on a database that was never prepared', async () => {
    await assert.rejects(requireInstance(empty.db, 'default'), {
      message: 'This database is not prepared: run `envsync migrate` first.',
    });
  });

  it('asks for the end of a migrate that was interrupted before it claimed the database', async () => {
    await migrated.sql`DELETE FROM document_sync.instance`;
    await assert.rejects(requireInstance(migrated.db, 'default'), {
      message: 'This database has no instance name: run `envsync migrate` to the end first.',
    });
  });
});

/** Columns, triggers, functions and applied migrations, a line each; made anew they would have other ids. */
async function withIdentities(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    SELECT format('column %s.%s.%s %s', table_schema, table_name, column_name, data_type) AS line
    FROM information_schema.columns WHERE table_schema IN ('public', 'document_sync')
    UNION ALL
    SELECT format('trigger %s %s', oid, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT format('function %s %s', oid, pg_get_functiondef(oid)) FROM pg_proc
    WHERE pronamespace = to_regnamespace('document_sync')
    UNION ALL
    SELECT format('migration %s %s', name, applied_at) FROM document_sync.migration
    ORDER BY line`;
  return rows.map(({ line }) => line);
}

/** A promise whose state can be asked for. */
function settled(promise: Promise<unknown>) {
  const watched: { state: 'pending' | 'fulfilled' | 'rejected'; promise: Promise<unknown> } = {
    state: 'pending',
    promise,
  };
  promise.then(
    () => (watched.state = 'fulfilled'),
    () => (watched.state = 'rejected'),
  );
  return watched;
}
