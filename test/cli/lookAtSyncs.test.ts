import assert from 'node:assert/strict';
import { freePorts } from '../../src/embedded/freePorts.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { untilTrue } from '../workflows/scripted.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync status, stuck and explain', () => {
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
    healthy = await insertEnvironment(sql, projectId);
    await system.startWorker();
    await insertAuditLog(sql, { projectId, environmentId: healthy });
    await untilTrue(async () => (await envsync(['explain', String(healthy)], system.env)).status === 0);
  });

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
    const { sql } = system.database;
    half = await insertEnvironment(sql, projectId, { is_creating: true });
    await insertAuditLog(sql, { projectId, environmentId: half });
    await untilTrue(async () => (await envsync(['stuck'], system.env)).status === 1);

    const { stdout } = await envsync(['stuck'], system.env);
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
    const totals = await envsync(['status', '--json'], system.env);
    assert.equal((JSON.parse(totals.stdout) as { failedInLastDay: number }).failedInLastDay, 1);
  });

  it('tell of a Temporal server that does not answer, and of the rest all the same', async () => {
    const [port] = await freePorts(1);
    const env = { ...system.env, TEMPORAL_ADDRESS: `127.0.0.1:${port}` };
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
