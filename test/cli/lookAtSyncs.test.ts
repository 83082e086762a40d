import assert from 'node:assert/strict';
import type { SyncsStatus } from '../../src/syncs/syncsStatus.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { NOBODYS_PORT } from '../support/nobodysPort.js';
import { useSystem } from '../support/system.js';
import { untilTrue } from '../workflows/scripted.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync status, stuck and explain', function () {
  this.timeout(180_000); // Each command is a process, which a busy machine takes ten seconds to load.
  const system = useSystem({
    SEEDING_INITIAL_DELAY_MS: '10',
    SEEDING_MAX_ATTEMPTS: '2',
    TEMPORAL_UI_URL: 'https://temporal.example.com/',
  });
  let projectId: number;
  let healthy: number;
  let half: number;

  before(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    await system.startWorker();
    healthy = await insertAudited();
    await untilTrue(async () => (await envsync(['explain', String(healthy)], system.env)).status === 0);
    // Temporal lists a sync for a moment longer than it runs.
    await untilTrue(async () => Object.keys((await totals()).running).length === 0);
  });

  /** Both are committed at once, so that there is one sync for both. */
  const insertAudited = (columns: { is_creating?: boolean } = {}) =>
    system.database.sql.begin(async (tx) => {
      const environmentId = await insertEnvironment(tx, projectId, columns);
      await insertAuditLog(tx, { projectId, environmentId });
      return environmentId;
    });

  const totals = async () =>
    JSON.parse((await envsync(['status', '--json'], system.env)).stdout) as SyncsStatus;

  const linkOf = (environmentId: number) =>
    'https://temporal.example.com/namespaces/default/workflows/' +
    encodeURIComponent(`environment-document-sync/${system.database.name}/${environmentId}`);

  it('end with status 0 where all is well', async () => {
    const stuck = await envsync(['stuck'], system.env);
    assert.deepEqual([stuck.status, stuck.stdout, stuck.stderr], [0, 'Nothing is stuck.\n', '']);
    const all = await envsync(['status'], system.env);
    assert.equal(all.status, 0, all.stderr);
    assert.match(all.stdout, /^running {3}none\noutbox {4}empty\nfailed {4}0 in the last day\n$/);
    const one = await envsync(['status', String(healthy)], system.env);
    assert.equal(one.status, 0, one.stderr);
    assert.match(
      one.stdout,
      /^ {2}completed since .*\n {2}last: written at .*, 0 feature states in \d+ bytes$/m,
    );
    assert.ok(one.stdout.includes(linkOf(healthy)));
    const explained = await envsync(['explain', String(healthy), '--json'], system.env);
    assert.equal((JSON.parse(explained.stdout) as { isWell: boolean }).isWell, true);
  });

  it('end with status 1, a reason and a link where a sync gave up', async () => {
    half = await insertAudited({ is_creating: true });
    // Temporal lists a run as failed a moment after it did.
    await untilTrue(async () => (await totals()).failedInLastDay > 0);

    const { status: stuck, stdout } = await envsync(['stuck'], system.env);
    assert.equal(stuck, 1);
    const [head, row, end] = stdout.split('\n');
    assert.deepEqual(head?.split(/ {2,}/), ['ENVIRONMENT', 'PROJECT', 'REASON', 'SINCE', 'ATTEMPTS', 'LINK']);
    const [environment, project, reason, since, attempts, link] = row!.split(/ {2,}/);
    assert.deepEqual(
      [environment, project, attempts, link],
      [String(half), String(projectId), '1', linkOf(half)],
    );
    assert.match(reason!, /^failed: SeedingTimedOut: /);
    assert.match(since!, / UTC$/);
    assert.equal(end, '');

    const json = await envsync(['stuck', '--json'], system.env);
    const report = JSON.parse(json.stdout) as { stuck: { environmentId: number }[]; unanswered: [] };
    assert.deepEqual(
      report.stuck.map(({ environmentId }) => environmentId),
      [half],
    );
    const status = await envsync(['status', String(half)], system.env);
    assert.equal(status.status, 1);
    assert.match(status.stdout, /failed since .*: stuck$/m);
    const explained = await envsync(['explain', String(half)], system.env);
    assert.equal(explained.status, 1);
    assert.match(explained.stdout, /^What to do: wait, .*finish-seeding environment \d+`\.$/m);
    assert.equal((await totals()).failedInLastDay, 1);
  });

  it('tell of a Temporal server that does not answer, and of the rest all the same', async () => {
    const env = { ...system.env, TEMPORAL_ADDRESS: `127.0.0.1:${NOBODYS_PORT}` };
    const stuck = await envsync(['stuck'], env);
    assert.deepEqual(
      [stuck.status, stuck.stdout],
      [1, 'Nothing is known to be stuck: not all could be asked.\n'],
    );
    assert.match(stuck.stderr, /^envsync: Temporal gives no answer: /);
    const explained = await envsync(['explain', String(healthy)], env);
    assert.equal(explained.status, 1);
    assert.match(explained.stdout, /is what would be written now$/m);
    assert.match(explained.stdout, /^ {2}sync +Temporal cannot be asked: /m);
  });

  it('refuse what is no environment', async () => {
    const { status, stderr } = await envsync(['explain', '999999'], system.env);
    assert.deepEqual([status, stderr], [1, 'envsync: There is no environment 999999.\n']);
  });
});
