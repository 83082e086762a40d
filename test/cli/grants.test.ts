import assert from 'node:assert/strict';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from '../../src/db/connect.js';
import { verifyOrphanSegment } from '../../src/sweeps/verifyOrphanSegment.js';
import { verifyPage } from '../../src/sweeps/verifyPage.js';
import type { OrphanSegmentResult, VerifyPageResult } from '../../src/workflows/verifyContract.js';
import { grantsScript } from '../../src/db/grants.js';
import { deletePause, insertPause, readPauses } from '../../src/db/pausedSyncs.js';
import { READ_COLUMNS } from '../../src/db/readColumns.js';
import { relayBatch } from '../../src/outbox/relayBatch.js';
import { callableActivities } from '../creation/activities.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { parsePolicy } from '../support/iamPolicy.js';
import { useRoles } from '../support/roles.js';
import { type TestSystem, useSystem } from '../support/system.js';
import { createWriter, mockActivity, storedItems } from '../support/writer.js';
import { requestSync } from '../../src/activities/requestSync.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

const INSUFFICIENT_PRIVILEGE = { code: '42501' };

/** A verification of everything that repairs, with the rights of a role. */
async function verifyAll(system: TestSystem, db: Database) {
  const deps = { ...createWriter(system, { db }).deps, isSyncRunning: () => Promise.resolve(false) };
  const bounds = { afterId: 0, pageSize: 100, handOutUnseeded: false };
  const page = await mockActivity().run((): Promise<VerifyPageResult> =>
    verifyPage(deps, { all: true, repair: true, ...bounds }),
  );
  const table = { table: 'v1', segment: { index: 0, of: 1 } } as const;
  const orphans = await mockActivity().run((): Promise<OrphanSegmentResult> =>
    verifyOrphanSegment(deps, { ...table, repair: true }),
  );
  return { page, orphans };
}

describe('the roles of envsync grants', () => {
  const system = useRoles(
    ['sync', 'creation'],
    () => useSystem(),
    ({ database }) => database,
  );
  const { roles } = system;
  let projectId: number;
  let environmentId: number;

  before(async () => {
    const { sql } = system.database;
    await sql.unsafe(grantsScript({ sync: roles.sync.name, creation: roles.creation.name }));
    projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, await insertFeature(sql, projectId, 'size'));
  });

  it('let the sync role look, write, request syncs and relay them', async () => {
    const writer = createWriter(system, { db: roles.sync.db });
    await system.database.sql`DELETE FROM document_sync.alive`; // the first snapshot after a crash writes, too
    assert.equal((await writer.isSeeding({ environmentId })).seeding, false);
    assert.equal((await writer.write({ environmentId, boundReached: false })).outcome, 'written');
    assert.ok((await storedItems(system, environmentId)).v1);

    await mockActivity().run(() => requestSync(writer.deps, { environmentId }));
    const started: number[] = [];
    for (let claimed = 1; claimed > 0;)
      ({ claimed } = await relayBatch({
        db: roles.sync.db,
        projectWide: false,
        startSync: (change) => Promise.resolve(void started.push(change.environmentId)),
        batchSize: 100,
      }));
    assert.ok(started.includes(environmentId));
  });

  it('let the sync role verify and repair, what a deleted environment left included', async () => {
    const { sql } = system.database;
    const gone = await insertEnvironment(sql, projectId);
    const writer = createWriter(system);
    await writer.write({ environmentId });
    await writer.write({ environmentId: gone });
    const { v1 } = await storedItems(system, environmentId);
    await system.dynamo.send(
      new DeleteItemCommand({ TableName: system.tables.v1, Key: { api_key: v1!['api_key']! } }),
    );
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${gone}`;
    await sql`DELETE FROM document_sync.outbox`;

    const { page, orphans } = await verifyAll(system, roles.sync.db);
    assert.deepEqual([page.outcomes, page.drift], [{ drifted: 1 }, { missing: 1 }]);
    assert.ok((await storedItems(system, environmentId)).v1);
    assert.deepEqual(orphans.outcomes, { drifted: 1 });
    assert.deepEqual(await storedItems(system, gone), { v1: undefined, v2: undefined });
  });

  for (const table of Object.keys(READ_COLUMNS)) {
    it(`keep the sync role from writing ${table}`, async () => {
      const [rights] = await roles.sync.db`
        SELECT has_table_privilege(${table}, 'SELECT') AS reads,
          has_table_privilege(${table}, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') AS writes,
          has_any_column_privilege(${table}, 'INSERT, UPDATE') AS "writesColumns"`;
      assert.deepEqual(rights, { reads: true, writes: false, writesColumns: false });
    });
  }

  it('keep the sync role from handing the database to another instance', async () => {
    await assert.rejects(async () => {
      await roles.sync.db`UPDATE document_sync.instance SET name = 'other'`;
    }, INSUFFICIENT_PRIVILEGE);
    await assert.rejects(async () => {
      await roles.sync.db`INSERT INTO document_sync.accepted_source VALUES ('1')`;
    }, INSUFFICIENT_PRIVILEGE);
  });

  it('let the creation role create and clone environments, and create features', async () => {
    const activities = callableActivities(roles.creation.db);
    const made = await activities.insertEnvironment({
      projectId,
      name: 'Staging',
      uuid: crypto.randomUUID(),
    });
    await activities.recordEnvironmentCreated(made);
    await activities.createInitialFeatureStatesForEnvironment(made);
    await activities.clearEnvironmentIsCreating(made);

    const feature = await activities.insertFeature({ projectId, name: 'color', uuid: crypto.randomUUID() });
    await activities.recordFeatureCreated(feature);
    await activities.insertMultivariateOptions({
      ...feature,
      options: [{ value: 'blue', defaultPercentageAllocation: 30 }],
    });
    await activities.createInitialFeatureStatesForFeature(feature);
    await activities.clearFeatureIsCreating(feature);

    const clone = await activities.insertEnvironmentClone({
      sourceEnvironmentId: made.environmentId,
      name: 'Staging 2',
      uuid: crypto.randomUUID(),
    });
    await activities.recordEnvironmentCreated(clone);
    await activities.cloneFeatureStates({ ...clone, sourceEnvironmentId: made.environmentId });
    await activities.clearEnvironmentIsCreating(clone);

    const [counted] = await system.database.sql`
      SELECT count(*)::integer AS states FROM features_featurestate WHERE environment_id = ${clone.environmentId}`;
    assert.deepEqual(counted, { states: 2 });
  });

  it('let the creation role make feature states that were never seeded', async () => {
    await insertFeature(system.database.sql, projectId, 'forgotten');
    const activities = callableActivities(roles.creation.db);
    const { environments } = await activities.seedMissingFeatureStates({ environmentIds: [environmentId] });
    assert.deepEqual(environments, [{ environmentId, featureStatesCount: 1 }]);
  });

  it('let the roles of workers read pauses of syncs, and neither make nor end one', async () => {
    for (const { db } of [roles.sync, roles.creation]) {
      assert.deepEqual([...(await readPauses(db))], []);
      await assert.rejects(insertPause(db, null), INSUFFICIENT_PRIVILEGE);
      await assert.rejects(deletePause(db, null), INSUFFICIENT_PRIVILEGE);
    }
  });

  it('keep the creation role from changing or deleting what is there', async () => {
    const { db } = roles.creation;
    await assert.rejects(async () => {
      await db`UPDATE environments_environment SET api_key = 'other'`;
    }, INSUFFICIENT_PRIVILEGE);
    await assert.rejects(async () => {
      await db`DELETE FROM features_feature`;
    }, INSUFFICIENT_PRIVILEGE);
  });
});

describe('the columns that a database is recognised by', () => {
  const system = useRoles(
    ['reader'],
    () => useSystem(),
    ({ database }) => database,
  );
  const { roles } = system;

  let environmentId: number;

  before(async () => {
    const { sql } = system.database;
    const { name } = roles.reader;
    // An option is read as a whole for its fingerprint: whatever it has more changes nothing.
    const whole = 'multivariate_multivariatefeatureoption';
    await sql.unsafe(`
      GRANT USAGE ON SCHEMA document_sync TO ${name};
      GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA document_sync TO ${name};
      GRANT SELECT ON ${whole} TO ${name};
      GRANT SELECT (is_creating) ON features_feature TO ${name}; -- read where it exists
      ${Object.entries(READ_COLUMNS)
        .map(([table, columns]) => `GRANT SELECT (${columns.join(', ')}) ON ${table} TO ${name};`)
        .join('\n')}`);
    const projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, await insertFeature(sql, projectId, 'size'));
  });

  it('are all that a sync reads', async () => {
    const { db } = roles.reader;
    const written = await createWriter(system, { db }).write({ environmentId, boundReached: false });
    assert.equal(written.outcome, 'written');
  });

  it('are all that a verification reads', async () => {
    const { page } = await verifyAll(system, roles.reader.db);
    assert.deepEqual(page.outcomes, { current: 1 });
  });
});

describe('envsync grants', () => {
  useBuiltEnvsync();

  it('prints SQL for roles of the given names, without any setting', async () => {
    const { status, stdout } = await envsync([
      'grants',
      '--sync-role',
      'reader',
      '--creation-role',
      'my maker',
    ]);
    assert.equal(status, 0);
    assert.match(stdout, /TO "reader";/);
    assert.match(stdout, /TO "my maker";/);
  });

  it('prints with --aws a policy for the configured tables only', async () => {
    const { stdout } = await envsync(['grants', '--aws', '--account', '123456789012'], {
      ENVIRONMENTS_TABLE_NAME_DYNAMO: 'documents',
      AWS_REGION: 'eu-west-2',
    });
    assert.deepEqual(parsePolicy(stdout), {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'EnvironmentDocuments',
          Effect: 'Allow',
          Action: [
            'dynamodb:DescribeTable',
            'dynamodb:GetItem',
            'dynamodb:PutItem',
            'dynamodb:DeleteItem',
            'dynamodb:BatchGetItem',
            'dynamodb:Scan',
          ],
          Resource: ['arn:aws:dynamodb:eu-west-2:123456789012:table/documents'],
        },
      ],
    });
  });

  it('prints with --aws what the deletion of identities takes, of their table and the index that finds them', async () => {
    const env = {
      ENVIRONMENTS_TABLE_NAME_DYNAMO: 'documents',
      IDENTITIES_TABLE_NAME_DYNAMO: 'identities',
      AWS_REGION: 'eu-west-2',
    };
    const statementsOf = async (more: Record<string, string> = {}) => {
      const { stdout } = await envsync(['grants', '--aws'], { ...env, ...more });
      return parsePolicy(stdout).Statement;
    };
    const table = 'arn:aws:dynamodb:eu-west-2:*:table/identities';
    assert.deepEqual((await statementsOf()).slice(1), [
      {
        Sid: 'IdentitiesOfDeletedEnvironments',
        Effect: 'Allow',
        Action: ['dynamodb:DescribeTable', 'dynamodb:BatchWriteItem'],
        Resource: [table],
      },
      {
        Sid: 'IndexOfIdentities',
        Effect: 'Allow',
        Action: ['dynamodb:Query'],
        Resource: [`${table}/index/environment_api_key-identifier-index`],
      },
    ]);
    // In shadow mode Flagsmith deletes them itself.
    const shadow = await statementsOf({ SHADOW_TABLE_SUFFIX: '_shadow' });
    assert.deepEqual(
      shadow.map(({ Sid }) => Sid),
      ['EnvironmentDocuments', 'FlagsmithDocumentsToCompare'],
    );
  });

  it('prints with --aws in shadow mode a policy that writes to the shadow tables and only reads Flagsmith’s own', async () => {
    const { stdout } = await envsync(['grants', '--aws', '--account', '123456789012'], {
      ENVIRONMENTS_TABLE_NAME_DYNAMO: 'documents',
      ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: 'documents_v2',
      SHADOW_TABLE_SUFFIX: '_shadow',
      AWS_REGION: 'eu-west-2',
    });
    const { Statement } = parsePolicy(stdout);
    const table = (name: string) => `arn:aws:dynamodb:eu-west-2:123456789012:table/${name}`;
    assert.deepEqual(
      Statement.map(({ Action, Resource }) => ({
        writes: Action.some((action) => /Write|Put/.test(action)),
        Resource,
      })),
      [
        { writes: true, Resource: [table('documents_shadow'), table('documents_v2_shadow')] },
        { writes: true, Resource: [table('documents_v2_shadow')] },
        { writes: false, Resource: [table('documents'), table('documents_v2')] },
      ],
    );
    // What `envsync compare` sends.
    assert.deepEqual(Statement[2]?.Action, ['dynamodb:DescribeTable', 'dynamodb:GetItem']);
  });

  it('refuses a policy without a table', async () => {
    const { status, stderr } = await envsync(['grants', '--aws']);
    assert.equal(status, 1);
    assert.match(stderr, /ENVIRONMENTS_TABLE_NAME_DYNAMO is not set/);
  });
});
