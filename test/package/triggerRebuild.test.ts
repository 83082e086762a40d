import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';
import { useStranger } from './stranger.js';

describe('examples/trigger-rebuild.ts', () => {
  const stranger = useStranger();
  const system = useSystem();
  let projectId: number;
  let environmentIds: number[];

  before(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    environmentIds = [];
    for (let n = 0; n < 3; n++) environmentIds.push(await insertEnvironment(sql, projectId));
    await sql`DELETE FROM document_sync.outbox`;
    assert.equal(
      stranger.compile('trigger-rebuild', readFileSync('examples/trigger-rebuild.ts', 'utf8')),
      '',
    );
    await system.startWorker();
  });

  const run = (...args: string[]) => stranger.run('trigger-rebuild', args, system.env);

  it('writes the documents of the project, shows how far it is, and ends with status 0', async () => {
    const { status, stdout, stderr } = await run(String(projectId));
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(
      stdout,
      /^Following rebuild-environment-documents\/.*\/project-1\..*\ndone: 3 of 3\n3 of 3 documents are current\.\n$/s,
    );
    for (const id of environmentIds) assert.ok((await storedItems(system, id)).v1);
  });

  it('says which environments were left and why, and ends with status 1', async () => {
    const { sql } = system.database;
    const stateId = await insertFeatureState(
      sql,
      environmentIds[1]!,
      await insertFeature(sql, projectId, 'size'),
    );
    await sql`UPDATE features_featurestate SET uuid = '00000000-0000-1000-8000-000000000000' WHERE id = ${stateId}`;
    await sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentIds[2]!}`;
    const { status, stdout } = await run(String(projectId));
    assert.equal(status, 1);
    assert.match(stdout, /^1 of 3 documents are current\.$/m);
    assert.match(
      stdout,
      new RegExp(
        `^Left: environment ${environmentIds[1]!}, UnreadableDocument: .*features_featurestate ${stateId}`,
        'm',
      ),
    );
    assert.match(stdout, new RegExp(`^Left: environment ${environmentIds[2]!}, seeding$`, 'm'));
  });

  it('ends with status 2 without a project, and with 1 where Temporal cannot be reached', async () => {
    assert.deepEqual(await run(), {
      status: 2,
      stdout: '',
      stderr: 'Give the id of a project: trigger-rebuild.ts 7\n',
    });
    const elsewhere = { ...system.env, TEMPORAL_ADDRESS: '127.0.0.1:9' };
    const { status, stderr } = await stranger.run('trigger-rebuild', ['7'], elsewhere);
    assert.equal(status, 1);
    assert.match(stderr, /No Temporal server answers at 127\.0\.0\.1:9: is TEMPORAL_ADDRESS right\?/);
  });
});
