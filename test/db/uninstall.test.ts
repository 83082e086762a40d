import assert from 'node:assert/strict';
import { migrate } from '../../src/db/migrate.js';
import { prepareUpgrade } from '../../src/db/prepareUpgrade.js';
import { plannedNetRemovals, plannedRemovals, removeAll } from '../../src/db/uninstall.js';
import { type TestDatabase, useDatabase } from '../support/database.js';
import { insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';
import { catalogue } from './catalogue.js';

const OPTIONS = { instanceName: 'default', creationEnabled: true };

async function uninstall({ db }: TestDatabase): Promise<string[]> {
  const lines: string[] = [];
  await removeAll(db, await plannedRemovals(db), (line) => lines.push(line));
  return lines;
}

describe('uninstall, on a migrated Flagsmith database', () => {
  const database = useDatabase({ template: 'baseline' });

  it('leaves the catalogue as it was before migrate, and nothing for a second call', async () => {
    const before = await catalogue(database.sql);
    await migrate(database.db, OPTIONS);
    assert.notDeepEqual(await catalogue(database.sql), before);

    assert.ok((await uninstall(database)).length > 3);
    assert.deepEqual(await catalogue(database.sql), before);
    assert.deepEqual(await uninstall(database), []);
  });

  it('lets migrate put everything back', async () => {
    await migrate(database.db, OPTIONS);
    const migrated = await catalogue(database.sql);
    await uninstall(database);
    await migrate(database.db, OPTIONS);
    assert.deepEqual(await catalogue(database.sql), migrated);
  });
});

describe('uninstall, broken off after the first table', () => {
  const database = useDatabase({ template: 'migrated' });

  it('goes on with the rest when called again', async () => {
    const [first] = await plannedRemovals(database.db);
    await removeAll(database.db, [first!], () => undefined);
    const rest = await uninstall(database);
    assert.ok(!rest.includes(`removed: ${first!.what}`));
    assert.deepEqual(
      (await catalogue(database.sql)).filter((line) => line.includes('document_sync')),
      [],
    );
  });
});

describe('uninstall, where a transaction of Flagsmith holds a table', () => {
  const database = useDatabase({ template: 'migrated' });

  it('waits for its end in short tries, then succeeds', async () => {
    const holder = await database.sql.reserve();
    await holder.unsafe('BEGIN; LOCK TABLE audit_auditlog IN ROW EXCLUSIVE MODE');
    let ended = false;
    const removing = uninstall(database).finally(() => (ended = true));
    const beganAt = performance.now();
    while (performance.now() - beganAt < 700)
      await database.sql`INSERT INTO audit_auditlog SELECT * FROM audit_auditlog`;
    assert.equal(ended, false);
    await holder.unsafe('COMMIT');
    holder.release();
    assert.ok((await removing).some((line) => line.includes('audit_auditlog')));
  });
});

describe('uninstall, where Flagsmith has brought features_feature.is_creating itself', () => {
  const database = useDatabase({ template: 'baseline' });

  it("keeps Flagsmith's column", async () => {
    await database.sql`ALTER TABLE features_feature ADD COLUMN is_creating boolean NOT NULL DEFAULT false`;
    const before = await catalogue(database.sql);
    await migrate(database.db, OPTIONS);
    await uninstall(database);
    assert.deepEqual(await catalogue(database.sql), before);
  });
});

describe('uninstall, where a view of somebody else reads the outbox', () => {
  const database = useDatabase({ template: 'migrated' });

  it('names the view, and leaves it', async () => {
    await database.sql`CREATE VIEW public.waiting AS SELECT count(*) FROM document_sync.outbox`;
    await assert.rejects(uninstall(database), {
      message: 'The view waiting reads document_sync: remove it first.',
    });
    assert.equal((await database.sql`SELECT * FROM public.waiting`).length, 1);
  });
});

describe('uninstall --net', () => {
  const database = useDatabase({ template: 'baseline' });

  it('leaves what migrate --without-net makes, and a later migrate adds the net again', async () => {
    await migrate(database.db, { ...OPTIONS, withoutNet: true });
    const withoutNet = await catalogue(database.sql);
    await migrate(database.db, OPTIONS);
    const withNet = await catalogue(database.sql);
    assert.notDeepEqual(withNet, withoutNet);

    await removeAll(database.db, await plannedNetRemovals(database.db), () => undefined);
    assert.deepEqual(await catalogue(database.sql), withoutNet);
    await migrate(database.db, OPTIONS);
    assert.deepEqual(await catalogue(database.sql), withNet);
  });
});

describe('prepare-upgrade', () => {
  const database = useDatabase({ template: 'migrated' });

  it('is refused while a feature is being seeded, and names it', async () => {
    const { sql, db } = database;
    const projectId = await insertProject(sql);
    await insertEnvironment(sql, projectId);
    const featureId = await insertFeature(sql, projectId, 'size');
    await sql`UPDATE features_feature SET is_creating = true WHERE id = ${featureId}`;
    await assert.rejects(prepareUpgrade(db), new RegExp(`is_creating is up for ${featureId}\\.`));
    await sql`UPDATE features_feature SET is_creating = false`;
  });

  it('makes room for a column of Flagsmith’s, which migrate then keeps', async () => {
    const { sql, db, name } = database;
    assert.equal(await prepareUpgrade(db), 'removed');
    assert.equal(await prepareUpgrade(db), 'absent');
    await sql`ALTER TABLE features_feature ADD COLUMN is_creating boolean NOT NULL DEFAULT true`;
    const upgraded = await catalogue(sql);
    await migrate(db, { instanceName: name, creationEnabled: true });
    assert.deepEqual(await catalogue(sql), upgraded);
    assert.equal(await prepareUpgrade(db), 'flagsmith');
  });

  it('lets migrate put ours back where Flagsmith brought none', async () => {
    const { sql, db, name } = database;
    await sql`ALTER TABLE features_feature DROP COLUMN is_creating`;
    await sql`DELETE FROM document_sync.migration WHERE name LIKE 'creation/%'`;
    await migrate(db, { instanceName: name, creationEnabled: true });
    assert.equal(await prepareUpgrade(db), 'removed');
    await migrate(db, { instanceName: name, creationEnabled: true });
    assert.equal(await prepareUpgrade(db), 'removed');
  });
});
