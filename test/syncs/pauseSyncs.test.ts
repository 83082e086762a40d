import assert from 'node:assert/strict';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import { useDatabase } from '../support/database.js';
import { insertProject } from '../support/flagsmithData.js';

describe('pauseSyncs and resumeSyncs', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;

  before(async () => {
    projectId = await insertProject(database.sql);
  });
  afterEach(() => database.sql`DELETE FROM document_sync.paused_sync`);

  it('keep the first moment of a pause that is asked for again, of everything and of a project', async () => {
    for (const selection of [{}, { projectId }]) {
      const first = await pauseSyncs(database, selection);
      const again = await pauseSyncs(database, selection);
      assert.equal(first.isNew, true);
      assert.deepEqual(again, { ...first, isNew: false });
      assert.equal(first.pause.projectId, selection.projectId ?? null);
      assert.match(first.pause.since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    }
  });

  it('keep one moment also where two pause at once', async () => {
    const pauses = await Promise.all(Array.from({ length: 5 }, () => pauseSyncs(database)));
    assert.equal(pauses.filter(({ isNew }) => isNew).length, 1);
    assert.equal(new Set(pauses.map(({ pause }) => pause.since)).size, 1);
  });

  it('end the pause of everything and that of a project each by itself, and tell what is left', async () => {
    const { pause: ofProject } = await pauseSyncs(database, { projectId });
    const { pause: ofAll } = await pauseSyncs(database);
    assert.deepEqual(await resumeSyncs(database), { ended: ofAll, left: [ofProject] });
    assert.deepEqual(await resumeSyncs(database), { ended: null, left: [ofProject] });
    assert.deepEqual(await resumeSyncs(database, { projectId }), { ended: ofProject, left: [] });
  });

  it('tell how many changes wait', async () => {
    await database.sql`
      INSERT INTO document_sync.outbox (project_id, source, due_at)
      VALUES (${projectId}, 'audit_log', now()), (${projectId}, 'sync_request', now() + interval '1 day')`;
    await pauseSyncs(database, { projectId });
    assert.equal((await resumeSyncs(database, { projectId })).ended?.changes, 1);
  });

  it('refuse a project that never was', async () => {
    await assert.rejects(pauseSyncs(database, { projectId: 999_999 }), /There is no project 999999\./);
  });
});
