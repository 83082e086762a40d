import assert from 'node:assert/strict';
import postgres from 'postgres';
import { deleteDocument } from '../../src/activities/deleteDocument.js';
import { requestSync } from '../../src/activities/requestSync.js';
import { runChecks } from '../../src/cli/doctor/check.js';
import { postgresChecks } from '../../src/cli/doctor/postgresChecks.js';
import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { migrate } from '../../src/db/migrate.js';
import { inSnapshot } from '../../src/db/snapshot.js';
import { relayBatch } from '../../src/outbox/relayBatch.js';
import { lookAtSeeding } from '../../src/seeding/lookAtSeeding.js';
import { type TestSystem, useSystem } from '../support/system.js';
import type { Deletion } from '../../src/workflows/contract.js';
import { createWriter, mockActivity, type Writer } from '../support/writer.js';
import type { Rows } from './changedRows.js';
import { recordedBy } from './recordedChanges.js';
import { changes, insertWatchedRows, sourceOf, watchedTables } from './watchedTables.js';

const LOCK_NOT_AVAILABLE = { code: '55P03' };

/** What a long transaction of Flagsmith's may hold. */
const holds: Record<string, { table: string; statement: (rows: Rows) => string }> = {
  'an environment’s row FOR UPDATE': {
    table: 'environments_environment',
    statement: ({ v1 }) => `SELECT FROM environments_environment WHERE id = ${v1} FOR UPDATE`,
  },
  'an UPDATE of an environment’s row': {
    table: 'environments_environment',
    statement: ({ v1 }) => `UPDATE environments_environment SET name = 'Held' WHERE id = ${v1}`,
  },
  'a project’s row FOR UPDATE': {
    table: 'projects_project',
    statement: ({ project }) => `SELECT FROM projects_project WHERE id = ${project} FOR UPDATE`,
  },
  'an UPDATE of a project’s row': {
    table: 'projects_project',
    statement: ({ project }) => `UPDATE projects_project SET name = 'Held' WHERE id = ${project}`,
  },
};

describe('a long transaction of Flagsmith’s', () => {
  const harmony = useHarmony();

  for (const [what, { table, statement }] of Object.entries(holds)) {
    describe(`that holds ${what}`, () => {
      let holder: postgres.ReservedSql;
      before(async () => {
        holder = await harmony.flagsmith.reserve();
        await holder.unsafe(`BEGIN; ${statement(harmony.rows)}`);
      });
      after(async () => {
        await holder.unsafe('ROLLBACK');
        holder.release();
      });

      it('does not keep our triggers from recording any other change', async () => {
        const { flagsmith, rows, others, warnings } = harmony;
        for (const watched of await watchedTables(flagsmith)) {
          const change = changes[watched]!(watched === table ? others : rows);
          const sources = (await recordedBy(flagsmith, change)).map(({ source }) => source);
          assert.ok(sources.includes(sourceOf(watched)), watched);
        }
        assert.deepEqual(warnings, []);
        await assertHeld();
      });

      it('does not keep a sync from looking, writing and deleting', async () => {
        const { writer, rows } = harmony;
        assert.deepEqual(await writer.isSeeding({ environmentId: rows.v1 }), { seeding: false });
        const written = await writer.write({ environmentId: rows.v1, boundReached: false });
        assert.equal(written.outcome, 'written');
        const deletion = await mockActivity().run(() =>
          deleteDocument(writer.deps, { environmentId: rows.deleted, againAfterMs: 60_000 }),
        );
        assert.equal((deletion as Deletion).outcome, 'deleted');
        await assertHeld();
      });

      it('does not keep changes from being requested and relayed', async () => {
        const { writer, rows, system } = harmony;
        await mockActivity().run(() => requestSync(writer.deps, { environmentId: rows.v1 }));
        await system.database.sql`
          INSERT INTO document_sync.outbox (project_id, source) VALUES (${rows.project}, 'audit_log')`;
        const started = new Set<number>();
        const relay = (projectWide: boolean) =>
          relayBatch({
            db: system.database.db,
            projectWide,
            startSync: ({ environmentId }) => Promise.resolve(void started.add(environmentId)),
            batchSize: 100,
          });
        await relay(true);
        await relay(false);
        assert.deepEqual(started, new Set([rows.v1, rows.v2]));
        await assertHeld();
      });

      it('does not keep migrate from being run again, nor doctor from its checks', async () => {
        const { database } = harmony.system;
        await migrate(database.db, { instanceName: database.name, creationEnabled: false });
        const { checks, end } = postgresChecks({
          databaseUrl: database.url,
          instanceName: database.name,
          creationEnabled: false,
        });
        const results = await runChecks(checks).finally(end);
        assert.deepEqual(
          results.filter(({ status }) => status !== 'ok'),
          [],
        );
        await assertHeld();
      });

      /** Who waits for what is held here fails: nobody above did. */
      const assertHeld = () =>
        assert.rejects(async () => {
          await harmony.flagsmith.unsafe(changes[table]!(harmony.rows));
        }, LOCK_NOT_AVAILABLE);
    });
  }
});

/** What of ours may be under way while Flagsmith works; `meanwhile` runs in its midst. */
const ours: Record<string, (harmony: Harmony, meanwhile: () => Promise<void>) => Promise<unknown>> = {
  'a snapshot': ({ system, rows, writer }, meanwhile) =>
    inSnapshot(system.database.db, async (tx, snapshot) => {
      assert.ok(await lookAtSeeding(tx, snapshot, { environmentId: rows.v1 }, writer.deps.seedingPolicy));
      assert.ok(await readEnvironmentRows(tx, rows.v1, snapshot.asOf));
      await meanwhile();
    }),
  'a batch of the relay': async ({ system, rows }, meanwhile) => {
    await system.database.sql`
      INSERT INTO document_sync.outbox (environment_id, source) VALUES (${rows.v1}, 'audit_log')`;
    await relayBatch({
      db: system.database.db,
      projectWide: false,
      startSync: meanwhile,
      batchSize: 100,
    });
  },
  'a deletion of remembered keys': async ({ system, rows }, meanwhile) => {
    await system.database.db.transaction(async (tx) => {
      await tx`DELETE FROM document_sync.retired_key WHERE environment_id = ${rows.v1}`;
      await tx`UPDATE document_sync.retired_key SET items_deleted_at = clock_timestamp()`;
      await meanwhile();
    });
  },
  'the change of another transaction, recorded and not yet committed': async (
    { flagsmith, others },
    meanwhile,
  ) => {
    await flagsmith.begin(async (tx) => {
      for (const change of Object.values(changes)) await tx.unsafe(change(others));
      await meanwhile();
    });
  },
};

describe('a transaction of ours that is open', () => {
  const harmony = useHarmony();

  for (const [what, open] of Object.entries(ours)) {
    it(`keeps no statement of Flagsmith’s waiting: ${what}`, async () => {
      const { flagsmith, rows, warnings } = harmony;
      const statements = [
        ...Object.values(holds).map(({ statement }) => statement(rows)),
        ...Object.values(changes).map((change) => change(rows)),
        `UPDATE environments_environment SET api_key = 'rotated' WHERE id = ${rows.v1}`,
        `DELETE FROM environments_environment WHERE id = ${rows.v1}`,
        `DELETE FROM projects_project WHERE id = ${rows.project}`,
      ];
      let ran: Promise<unknown> = Promise.reject(new Error('It was not under way.'));
      ran.catch(() => undefined);
      await open(harmony, async () => {
        ran = Promise.resolve();
        for (const statement of statements) ran = ran.then(() => undone(flagsmith, statement));
        // The relay takes a failure here for one of its own.
        await ran.catch(() => undefined);
      });
      await ran;
      assert.deepEqual(warnings, []);
    });
  }
});

async function undone(sql: postgres.Sql, statement: string): Promise<void> {
  const session = await sql.reserve();
  try {
    await session.unsafe(`BEGIN; ${statement}`);
  } finally {
    await session.unsafe('ROLLBACK');
    session.release();
  }
}

interface Harmony {
  system: TestSystem;
  writer: Writer;
  /** Flagsmith's sessions. */
  flagsmith: postgres.Sql;
  /** What they were told. */
  warnings: string[];
  rows: Rows;
  /** Of another organisation. */
  others: Rows;
}

/** A database in which nobody, Flagsmith or us, waits for a lock for longer than 200 ms. */
function useHarmony(): Harmony {
  const harmony = { warnings: [] as string[] } as Harmony;
  // Before the database's own: what uses it ends first.
  after(() => harmony.flagsmith.end());
  harmony.system = useSystem({}, 'adopted');
  before(async () => {
    const { sql, name, url } = harmony.system.database;
    harmony.rows = await insertWatchedRows(sql);
    harmony.others = await insertWatchedRows(sql);
    await sql`DELETE FROM document_sync.outbox`;
    await sql.unsafe(`ALTER DATABASE ${name} SET lock_timeout = '200ms'`);
    harmony.writer = createWriter(harmony.system);
    const [ours] = await harmony.system.database.db`SHOW lock_timeout`;
    assert.deepEqual(ours, { lock_timeout: '200ms' });
    const onnotice = ({ severity, message }: postgres.Notice) =>
      harmony.warnings.push(`${severity}: ${message}`);
    harmony.flagsmith = postgres(url, { onnotice });
  });
  return harmony;
}
