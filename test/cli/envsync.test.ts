import assert from 'node:assert/strict';
import { useDatabase } from '../support/database.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { NOBODYS_PORT } from '../support/nobodysPort.js';
import { useSystem } from '../support/system.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync --help', () => {
  it('names the commands and the settings', async () => {
    const { status, stdout } = await envsync(['--help']);
    assert.equal(status, 0);
    for (const word of ['worker', 'migrate', 'rebuild', 'document', 'DATABASE_URL'])
      assert.ok(stdout.includes(word), word);
  });
});

describe('envsync migrate', () => {
  const flagsmith = useDatabase({ template: 'baseline' });
  const empty = useDatabase({ template: 'empty' });

  it('prepares a Flagsmith database, and changes nothing the second time', async () => {
    const first = await envsync(['migrate'], { DATABASE_URL: flagsmith.url });
    const second = await envsync(['migrate'], { DATABASE_URL: flagsmith.url });
    assert.deepEqual([first.status, second.status], [0, 0], first.stderr + second.stderr);
    assert.match(first.stdout, /^applied: sync\//m);
    assert.match(first.stdout, /ready for the instance "default"/);
    assert.doesNotMatch(second.stdout, /^applied: /m);
  });

  it('ends with status 1 and says why where the database is another instance’s', async () => {
    const { status, stderr } = await envsync(['migrate'], {
      DATABASE_URL: flagsmith.url,
      INSTANCE_NAME: 'other',
    });
    assert.equal(status, 1);
    assert.match(stderr, /^envsync: This database belongs to the instance "default", not "other"/);
  });

  it("makes Flagsmith's tables with --baseline, in an empty database only", async () => {
    const made = await envsync(['migrate', '--baseline'], {
      DATABASE_URL: empty.url,
      CREATION_ENABLED: 'true',
    });
    assert.equal(made.status, 0, made.stderr);
    assert.equal((await empty.sql`SELECT is_creating FROM features_feature`).length, 0);
    const refused = await envsync(['migrate', '--baseline'], { DATABASE_URL: flagsmith.url });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /in an empty database/);
  });

  it('ends with status 1 and names what is not set', async () => {
    const { status, stderr } = await envsync(['migrate']);
    assert.equal(status, 1);
    assert.match(stderr, /DATABASE_URL: is missing/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
});

describe('envsync rebuild', () => {
  const system = useSystem();
  let environmentId: number;
  before(async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, await insertFeature(sql, projectId, 'size'));
    // No sync is to write a later document while a rebuild is at it.
    await sql`DELETE FROM document_sync.outbox`;
    await system.startWorker();
  });

  it('ends with status 0 when the document is written, and says where to watch', async () => {
    const { status, stdout, stderr } = await envsync(['rebuild', String(environmentId)], system.env);
    assert.equal(status, 0, stderr);
    const workflowId = `rebuild-environment-document/${system.database.name}/${environmentId}`;
    assert.ok(stdout.includes(workflowId));
    assert.match(stdout, /^Written: .* 1 feature state in \d+ bytes\.$/m);
  });

  it('prints one object with --json', async () => {
    const { status, stdout, stderr } = await envsync(
      ['rebuild', '--json', String(environmentId)],
      system.env,
    );
    assert.equal(status, 0, stderr);
    const { documentBytes, writeUnits, ...outcome } = JSON.parse(stdout) as Record<string, unknown>;
    assert.ok(Number(documentBytes) > 0);
    // Of both items, each rounded up to whole units.
    assert.ok(Number(writeUnits) >= (2 * Number(documentBytes)) / 1_024);
    assert.deepEqual(outcome, {
      environmentId,
      workflowId: `rebuild-environment-document/${system.database.name}/${environmentId}`,
      outcome: 'written',
      seeding: false,
      featureStatesCount: 1,
    });
  });

  it('ends with status 1 for an environment that never was', async () => {
    const { status, stdout } = await envsync(['rebuild', '999999'], system.env);
    assert.equal(status, 1);
    assert.match(stdout, /^Not written: there is no environment 999999/m);
  });

  for (const id of ['0', '4.2', 'production']) {
    it(`refuses the id "${id}" before it starts anything`, async () => {
      const { status, stderr } = await envsync(['rebuild', '--', id], system.env);
      assert.equal(status, 1);
      assert.match(stderr, /expected a whole number above 0/);
    });
  }

  it('says soon, and clearly, that Temporal is not there', async () => {
    const address = `127.0.0.1:${NOBODYS_PORT}`;
    const timed = async (id: string) => {
      const beganAt = performance.now();
      const ended = await envsync(['rebuild', id], { ...system.env, TEMPORAL_ADDRESS: address });
      return { ...ended, ms: performance.now() - beganAt };
    };
    const { ms: refusedBefore } = await timed('0');
    const { status, stderr, ms } = await timed('1');
    const { ms: refusedAfter } = await timed('0');
    assert.equal(status, 1);
    assert.ok(stderr.includes(address), stderr);
    assert.doesNotMatch(stderr, /\n\s+at /);
    // The start of a process alone takes seconds on a busy machine, and not always as many.
    assert.ok(ms < 2 * Math.max(refusedBefore, refusedAfter) + 12_000, `${ms} ms`);
  });
});
