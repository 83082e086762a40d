import assert from 'node:assert/strict';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import { insertSyncRequest } from '../../src/db/syncRequests.js';
import { freePorts } from '../../src/embedded/freePorts.js';
import { stuckSyncs, type StuckDeps, type StuckSync } from '../../src/syncs/stuckSyncs.js';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import { toMs } from '../../src/syncs/trouble.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { type TestSystem, useSystem } from '../support/system.js';
import { createWriter } from '../support/writer.js';
import { untilTrue } from '../workflows/scripted.js';

const UI = 'https://temporal.example.com';

const depsOf = (system: TestSystem): StuckDeps => ({
  client: system.client,
  instanceName: system.database.name,
  webUiUrl: UI,
  db: system.database.db,
  dynamo: system.dynamo,
  tables: system.tables,
});

/** Looks until something is stuck, and is as it should be. */
async function untilStuck(deps: StuckDeps, isRight: (stuck: StuckSync) => boolean): Promise<StuckSync[]> {
  for (;;) {
    const { stuck, unanswered } = await stuckSyncs(deps);
    assert.deepEqual(unanswered, []);
    if (stuck.some(isRight)) return stuck;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('stuckSyncs, of an environment whose seeding stopped half-way', () => {
  const system = useSystem({ SEEDING_INITIAL_DELAY_MS: '150', SEEDING_MAX_ATTEMPTS: '6' });
  let projectId: number;
  let environmentId: number;
  let healthy: number;

  before(async () => {
    const { sql } = system.database;
    await system.startWorker();
    projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId, { is_creating: true });
    healthy = await insertEnvironment(sql, projectId);
    await insertAuditLog(sql, { projectId });
  });

  it('lists it while its sync waits beyond the first looks, with reason, attempts and link', async () => {
    const stuck = await untilStuck(depsOf(system), ({ reason }) => reason.startsWith('waiting'));
    assert.equal(stuck.length, 1);
    const [{ attempts, since, link, ...found }] = stuck as [StuckSync];
    assert.deepEqual(found, {
      environmentId,
      projectId,
      reason: 'waiting for seeding: the environment is being seeded (is_creating is up)',
    });
    assert.ok(attempts >= 3);
    assert.ok(Date.now() - Date.parse(since) < 60_000);
    const id = encodeURIComponent(`environment-document-sync/${system.database.name}/${environmentId}`);
    assert.equal(link, `${UI}/namespaces/default/workflows/${id}`);
  });

  it('lists it once its sync gave up, with the type and the message of the failure', async () => {
    await system
      .syncOf(environmentId)
      .result()
      .catch(() => undefined);
    const stuck = await untilStuck(depsOf(system), ({ reason }) => reason.startsWith('failed'));
    assert.deepEqual(
      stuck.map((one) => [one.environmentId, one.attempts]),
      [[environmentId, 1]],
    );
    assert.match(stuck[0]!.reason, /^failed: SeedingTimedOut: .*is_creating is up/);
  });

  it('lists it no more once its document was written, by whomever', async () => {
    await system.database.sql.begin(async (tx) => {
      // Without a trigger of ours, as a repair by hand may be: no sync hears of it.
      await tx`SET LOCAL session_replication_role = replica`;
      await tx`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
    });
    assert.equal((await stuckSyncs(depsOf(system))).stuck.length, 1);
    assert.equal((await createWriter(system).write({ environmentId })).outcome, 'written');
    assert.deepEqual(await stuckSyncs(depsOf(system)), { stuck: [], unanswered: [] });
  });

  it('keeps it listed where what was written since is of another database', async () => {
    const elsewhere = { ...depsOf(system), db: fromOtherCluster(system) };
    assert.equal((await stuckSyncs(elsewhere)).stuck.length, 1);
  });

  it('lists it again once a later run failed, whatever was written before', async () => {
    const { sql } = system.database;
    await sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentId}`;
    await insertAuditLog(sql, { projectId, environmentId });
    // The list of runs lags a moment behind what the last one says of itself.
    const isBoth = ({ reason, attempts }: StuckSync) => reason.startsWith('failed') && attempts === 2;
    const stuck = await untilStuck(depsOf(system), isBoth);
    assert.deepEqual(
      stuck.map((one) => one.environmentId),
      [environmentId],
    );
  });

  it('never lists an environment whose sync completed', async () => {
    await system.syncOf(healthy).result();
    const { stuck } = await stuckSyncs({ ...depsOf(system), tables: { v1: undefined, v2: undefined } });
    assert.deepEqual(
      stuck.map((one) => one.environmentId),
      [environmentId],
    );
  });
});

describe('stuckSyncs, of what keeps failing', () => {
  const system = useSystem();

  it('lists a sync whose activity keeps failing, with what it fails with', async () => {
    const { sql } = system.database;
    await system.startWorker();
    await system.dynamo.send(new DeleteTableCommand({ TableName: system.tables.v1 }));
    const projectId = await insertProject(sql);
    const environmentId = await insertEnvironment(sql, projectId);
    await insertAuditLog(sql, { projectId, environmentId });

    const stuck = await untilStuck(depsOf(system), () => true);
    assert.deepEqual([stuck[0]?.environmentId, stuck[0]?.projectId], [environmentId, projectId]);
    assert.match(stuck[0]!.reason, /^writeDocument keeps failing: .*resource/);
    assert.ok(stuck[0]!.attempts >= 3);
    const history = await system.syncOf(environmentId).fetchHistory();
    const scheduled = history.events!.findLast((event) => event.activityTaskScheduledEventAttributes);
    assert.equal(Date.parse(stuck[0]!.since), toMs(scheduled!.eventTime), 'since its first attempt was due');
    await system.syncOf(environmentId).terminate();
  });

  it('lists a run that somebody terminated, also where DynamoDB cannot say what was written since', async () => {
    let report = await stuckSyncs(depsOf(system));
    await untilTrue(async () => {
      report = await stuckSyncs(depsOf(system));
      return report.stuck[0]?.reason.startsWith('terminated') ?? false;
    });
    assert.equal(report.stuck.length, 1);
    assert.deepEqual(
      report.unanswered.map(({ server }) => server),
      ['DynamoDB'],
    );
  });
});

describe('stuckSyncs, of the outbox', () => {
  const system = useSystem();
  let projectId: number;
  let environmentId: number;

  before(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId);
    await sql`DELETE FROM document_sync.outbox`;
    await sql`
      INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at, due_at, attempts) VALUES
        (${projectId}, ${environmentId}, 'audit_log', now() - interval '3 minutes', now() + interval '1 minute', 5),
        (${projectId}, ${environmentId}, 'audit_log', now() - interval '2 minutes', now(), 1),
        (${projectId}, NULL, 'audit_log', now() - interval '1 minute', now() - interval '1 minute', 0),
        (${projectId}, NULL, 'audit_log', now(), now(), 0)`;
    // In the place of a change of the whole project: one that has its time yet, and one that nobody takes.
    await sql`
      INSERT INTO document_sync.outbox (project_id, environment_id, source, changed_at, due_at, expanded) VALUES
        (${projectId}, ${environmentId + 2}, 'audit_log', now() - interval '50 seconds', now() - interval '50 seconds', true),
        (${projectId}, ${environmentId + 3}, 'audit_log', now() - interval '11 minutes', now() - interval '11 minutes', true)`;
    // For a moment that has yet to come: it waits, and is not stuck.
    await insertSyncRequest(system.database.db, environmentId + 1, '2999-01-01T00:00:00.000000');
  });

  const REASONS = [
    '1 change in the outbox: no worker takes what is due',
    '2 changes in the outbox: Temporal did not take what it was told',
    '1 change in the outbox: no worker takes what is due',
  ];

  it('lists changes that Temporal refused or no worker takes, and none that is not due', async () => {
    const { stuck } = await stuckSyncs(depsOf(system));
    const ofProject = { environmentId: environmentId + 3, projectId };
    assert.deepEqual(
      stuck.map((one) => ({ ...one, since: undefined })),
      [
        { ...ofProject, reason: REASONS[0], attempts: 0, link: null, since: undefined },
        { environmentId, projectId, reason: REASONS[1], attempts: 5, link: null, since: undefined },
        { environmentId: null, projectId, reason: REASONS[2], attempts: 0, link: null, since: undefined },
      ],
    );
  });

  it('lists a pause that they wait for the end of in their place, since when and how it ends', async () => {
    const { since } = (await pauseSyncs(system.database, { projectId })).pause;
    const { stuck } = await stuckSyncs(depsOf(system));
    await resumeSyncs(system.database, { projectId });
    assert.deepEqual(stuck, [
      {
        environmentId: null,
        projectId,
        reason:
          `syncs of project ${projectId} are paused since ${since.slice(0, 19).replace('T', ' ')} UTC: ` +
          `5 changes in the outbox; \`envsync sync resume --project ${projectId}\``,
        since: `${since.slice(0, 23)}Z`,
        attempts: 0,
        link: null,
      },
    ]);
  });

  it('does not list a pause that nothing waits for', async () => {
    const other = await insertProject(system.database.sql);
    await pauseSyncs(system.database, { projectId: other });
    const { stuck } = await stuckSyncs(depsOf(system));
    await resumeSyncs(system.database, { projectId: other });
    assert.deepEqual(
      stuck.map(({ reason }) => reason),
      REASONS,
    );
  });

  it('lists them also where Temporal gives no answer, and says so', async () => {
    const [port] = await freePorts(1);
    const connection = Connection.lazy({ address: `127.0.0.1:${port}`, connectTimeout: 500 });
    try {
      const { stuck, unanswered } = await stuckSyncs({
        ...depsOf(system),
        client: new Client({ connection }),
      });
      assert.deepEqual(
        stuck.map(({ reason }) => reason),
        REASONS,
      );
      assert.deepEqual(
        unanswered.map(({ server }) => server),
        ['Temporal'],
      );
    } finally {
      await connection.close();
    }
  });
});

/** The system's database as it would say that it is another cluster's. */
function fromOtherCluster(system: TestSystem) {
  const { db } = system.database;
  return new Proxy(db, {
    apply(target, self, [strings, ...values]: [TemplateStringsArray, ...unknown[]]) {
      const query = Reflect.apply(target, self, [strings, ...values]);
      return strings.join('').includes('pg_control_system')
        ? query.then((rows) => rows.map((row) => ({ ...row, present: 'other' })))
        : query;
    },
  });
}
