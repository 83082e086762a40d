import assert from 'node:assert/strict';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useRoles } from '../support/roles.js';
import { useSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';
import { untilTrue } from '../workflows/scripted.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

const SINCE = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/;

describe('envsync sync pause and resume', function () {
  this.timeout(180_000); // Each command is a process, which a busy machine takes ten seconds to load.
  useBuiltEnvsync();
  const system = useRoles(
    ['worker'],
    () => useSystem(),
    ({ database }) => database,
  );
  let projectId: number;
  let environmentId: number;

  before(async () => {
    projectId = await insertProject(system.database.sql);
    environmentId = await insertEnvironment(system.database.sql, projectId, { name: 'first' });
    await system.startWorker();
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    await untilTrue(async () => (await envsync(['status', String(environmentId)], system.env)).status === 0);
    await untilTrue(async () => (await storedItems(system, environmentId)).v1 !== undefined);
    // A pause would put a change back that is still in hand.
    await untilTrue(
      async () =>
        (await system.database.sql`SELECT FROM document_sync.outbox`).length === 0 &&
        (await system.syncOf(environmentId).describe()).status.name === 'COMPLETED',
    );
  });
  afterEach(() => system.database.sql`DELETE FROM document_sync.paused_sync`);

  const succeed = async (...args: string[]) => {
    const { status, stdout, stderr } = await envsync(args, system.env);
    assert.equal(status, 0, stderr);
    return stdout;
  };

  it('say whose syncs are paused and since when, the same again, and what is left after', async () => {
    const paused = await succeed('sync', 'pause', '--project', String(projectId));
    assert.match(
      paused,
      new RegExp(`^Paused: project ${projectId} since ${SINCE.source}; changes that wait: 0\\.\n$`),
    );
    const again = await succeed('sync', 'pause', '--project', String(projectId));
    assert.equal(again, paused.replace('Paused:', 'Paused already:'));
    assert.match(await succeed('sync', 'pause'), /^Paused: everything since /);

    const [ended, left] = (await succeed('sync', 'resume')).split('\n');
    assert.match(ended!, /^Resumed: paused was everything since /);
    assert.match(left!, new RegExp(`^Paused still: project ${projectId} since `));
    assert.match(
      await succeed('sync', 'resume', '--project', String(projectId)),
      /^Resumed: paused was project /,
    );
    assert.equal(await succeed('sync', 'resume'), 'Syncs of everything were not paused.\n');
  });

  it('say it as JSON', async () => {
    const { isNew, ...pause } = JSON.parse(await succeed('sync', 'pause', '--json')) as {
      isNew: boolean;
      since: string;
    };
    assert.equal(isNew, true);
    assert.deepEqual({ ...pause, since: undefined }, { projectId: null, since: undefined, changes: 0 });
    assert.deepEqual(JSON.parse(await succeed('sync', 'resume', '--json')), { ended: pause, left: [] });
    assert.deepEqual(JSON.parse(await succeed('sync', 'resume', '--json')), { ended: null, left: [] });
  });

  it('are told of by status, stuck and explain, until what changed meanwhile is written', async () => {
    await succeed('sync', 'pause', '--project', String(projectId));
    await system.database.sql`UPDATE environments_environment SET name = 'later' WHERE id = ${environmentId}`;
    await insertAuditLog(system.database.sql, { projectId, environmentId });
    assert.match(
      await succeed('status'),
      new RegExp(`^paused {4}project ${projectId} since .*wait: \\d+$`, 'm'),
    );
    const one = await succeed('status', String(environmentId));
    assert.match(one, new RegExp(`^ {2}syncs of project ${projectId} are paused since `, 'm'));
    for (const command of [['stuck'], ['explain', String(environmentId)]]) {
      const { status, stdout } = await envsync(command, system.env);
      assert.equal(status, 1);
      assert.match(stdout, new RegExp(`syncs of project ${projectId} are paused since ${SINCE.source}`));
    }
    // By hand it is written all the same, and told of.
    const rebuilt = await succeed('rebuild', String(environmentId));
    assert.match(rebuilt, /^Written: /m);
    assert.match(
      rebuilt,
      new RegExp(
        `^Meanwhile syncs of project ${projectId} are paused since .*: the next change waits\\.$`,
        'm',
      ),
    );

    await system.database.sql`UPDATE environments_environment SET name = 'last' WHERE id = ${environmentId}`;
    await succeed('sync', 'resume', '--project', String(projectId));
    await untilTrue(async () => (await storedItems(system, environmentId)).v1?.['name']?.S === 'last');
    await untilTrue(async () => (await envsync(['stuck'], system.env)).status === 0);
  });

  it('end with status 1 where there is no such project, and where the role may not', async () => {
    const unknown = await envsync(['sync', 'pause', '--project', '999999'], system.env);
    assert.deepEqual([unknown.status, unknown.stderr], [1, 'envsync: There is no project 999999.\n']);

    const { name, url } = system.roles.worker;
    await system.database.sql.unsafe(`
      GRANT USAGE ON SCHEMA document_sync TO ${name};
      GRANT SELECT ON ALL TABLES IN SCHEMA document_sync TO ${name}`);
    for (const action of ['pause', 'resume']) {
      const refused = await envsync(['sync', action], { ...system.env, DATABASE_URL: url });
      assert.equal(refused.status, 1);
      assert.match(
        refused.stderr,
        /permission denied for table paused_sync: .* GRANT SELECT, INSERT, DELETE ON /,
      );
    }
  });
});
