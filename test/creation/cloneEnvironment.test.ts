import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, type WorkflowFailedError } from '@temporalio/client';
import type { cloneEnvironment } from '../../src/workflows/index.js';
import type { CloneEnvironmentInput } from '../../src/workflows/creationContract.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { cancelAndHear } from './cancellation.js';
import { inherited, readDocument } from './documents.js';
import { holdFeatureStates } from './gate.js';
import { insertOverride } from './overrides.js';
import { readStates, rowsAdded, watchFlags } from './rows.js';
import { historyText } from './workflowText.js';

describe('cloneEnvironment', () => {
  const system = useSystem({ CREATION_CHUNK_SIZE: '2' });
  let projectId: number;
  let sourceEnvironmentId: number;
  before(() => system.startWorker());
  beforeEach(async () => {
    projectId = await insertProject(system.database.sql);
    sourceEnvironmentId = await insertEnvironment(system.database.sql, projectId, {
      description: 'the first',
    });
  });

  const start = (input: Partial<CloneEnvironmentInput> = {}) =>
    system.client.workflow.start<typeof cloneEnvironment>('cloneEnvironment', {
      workflowId: crypto.randomUUID(),
      taskQueue: system.taskQueue,
      args: [{ sourceEnvironmentId, name: 'Clone', ...input }],
    });
  const clone = async (input?: Partial<CloneEnvironmentInput>) =>
    (await (await start(input)).result()).environmentId;

  /** Features of which the source has a live default; gives their ids. */
  async function insertFeatures(count: number): Promise<number[]> {
    const { sql } = system.database;
    const ids: number[] = [];
    for (let n = 0; n < count; n++) {
      const featureId = await insertFeature(sql, projectId, `feature ${n}`, { initial_value: 'initial' });
      await insertFeatureState(sql, sourceEnvironmentId, featureId, `value ${n}`);
      ids.push(featureId);
    }
    return ids;
  }

  it('copies what is live in the source, and one audit row tells of it', async () => {
    const { sql } = system.database;
    const [first, second] = await insertFeatures(3);
    await insertOverride(sql, sourceEnvironmentId, first!, 'for some');
    // None of these is live: a deleted state, a draft, a scheduled one, an older one, an identity's.
    const more = [];
    for (let n = 0; n < 5; n++)
      more.push(await insertFeatureState(sql, sourceEnvironmentId, second!, 'not live'));
    const [identity] = await sql<{ id: number }[]>`
      INSERT INTO environments_identity (identifier, created_date, environment_id, system_traits)
      VALUES ('somebody', now(), ${sourceEnvironmentId}, '{}') RETURNING id`;
    await sql`UPDATE features_featurestate SET deleted_at = now() WHERE id = ${more[0]!}`;
    await sql`UPDATE features_featurestate SET version = NULL WHERE id = ${more[1]!}`;
    await sql`UPDATE features_featurestate SET live_from = now() + interval '1 day' WHERE id = ${more[2]!}`;
    await sql`UPDATE features_featurestate SET live_from = '2025-01-01Z' WHERE id = ${more[3]!}`;
    await sql`UPDATE features_featurestate SET identity_id = ${identity!.id} WHERE id = ${more[4]!}`;

    let environmentId = 0;
    const added = await rowsAdded(sql, async () => {
      environmentId = await clone();
    });
    assert.deepEqual(added, {
      audit_auditlog: 1,
      environments_environment: 1,
      features_featuresegment: 1,
      features_featurestate: 4,
      features_featurestatevalue: 4,
    });
    const [ours, source] = await Promise.all(
      [environmentId, sourceEnvironmentId].map((id) => readDocument(system.database, id)),
    );
    assert.deepEqual(inherited(ours!), inherited(source!));
    assert.deepEqual(ours!.feature_states.map(({ feature_state_value }) => feature_state_value).sort(), [
      'value 0',
      'value 1',
      'value 2',
    ]);
    const audits = await sql`
      SELECT log, related_object_type, related_object_id FROM audit_auditlog WHERE project_id = ${projectId}`;
    assert.deepEqual(
      [...audits],
      [
        {
          log: 'New Environment created: Clone',
          related_object_type: 'ENVIRONMENT',
          related_object_id: environmentId,
        },
      ],
    );
  });

  it("gives feature states the source's seed and version, live since the copying began, in no change request", async () => {
    const { sql } = system.database;
    const [plain, salted, zero] = await insertFeatures(3);
    const [change] = await sql<{ id: number }[]>`
      INSERT INTO workflows_core_changerequest
        (created_at, updated_at, title, uuid, ignore_conflicts, project_id, environment_id)
      VALUES (now(), now(), 'change', gen_random_uuid(), false, ${projectId}, ${sourceEnvironmentId}) RETURNING id`;
    await sql`UPDATE features_featurestate SET version = 7, change_request_id = ${change!.id} WHERE feature_id = ${plain!}`;
    await sql`UPDATE features_featurestate SET mv_hashing_salt = 42 WHERE feature_id = ${salted!}`;
    await sql`UPDATE features_featurestate SET mv_hashing_salt = 0 WHERE feature_id = ${zero!}`;
    const environmentId = await clone();
    const states = await sql`
      SELECT
        copy.feature_id, copy.version, copy.change_request_id, copy.live_from = environment.created_date AS from_start,
        CASE WHEN copy.mv_hashing_salt = source.id THEN 'id' ELSE copy.mv_hashing_salt::text END AS salt
      FROM features_featurestate AS copy
      JOIN environments_environment AS environment ON environment.id = copy.environment_id
      JOIN features_featurestate AS source
        ON source.feature_id = copy.feature_id AND source.environment_id = ${sourceEnvironmentId}
      WHERE copy.environment_id = ${environmentId} ORDER BY copy.feature_id`;
    const state = { version: 1, change_request_id: null, from_start: true };
    assert.deepEqual(
      [...states],
      [
        { ...state, feature_id: plain, version: 7, salt: 'id' },
        { ...state, feature_id: salted, salt: '42' },
        { ...state, feature_id: zero, salt: 'id' },
      ],
    );
  });

  it('takes over each column of the environment but its own, also one that only a newer Flagsmith has', async () => {
    const { sql } = system.database;
    await sql`ALTER TABLE environments_environment ADD COLUMN "newer ""setting" text`;
    await sql`
      UPDATE environments_environment SET
        "newer ""setting" = 'kept', webhook_url = 'https://example.com', webhooks_enabled = true, hide_disabled_flags = true,
        minimum_change_request_approvals = 2, allow_client_traits = false, banner_text = 'Careful', banner_colour = '#ff0000',
        use_mv_v2_evaluation = false, hide_sensitive_data = true, use_v2_feature_versioning = true,
        use_identity_overrides_in_local_eval = false, first_evaluated_at = now(), first_evaluated_sdk_label = 'sdk'
      WHERE id = ${sourceEnvironmentId}`;
    const environmentId = await clone();
    const columnsOf = async (id: number) => {
      const [row] = await sql<
        Record<string, unknown>[]
      >`SELECT * FROM environments_environment WHERE id = ${id}`;
      return row!;
    };
    const { id, uuid, name, api_key, created_date, updated_at, first_evaluated_at, ...columns } =
      await columnsOf(environmentId);
    const source = await columnsOf(sourceEnvironmentId);
    assert.deepEqual({ ...source, ...columns }, { ...source, first_evaluated_sdk_label: null });
    assert.equal(columns['newer "setting'], 'kept');
    assert.deepEqual(
      { id, name, first_evaluated_at },
      { id: environmentId, name: 'Clone', first_evaluated_at: null },
    );
    assert.notEqual(uuid, source['uuid']);
    assert.match(api_key as string, /^[A-Za-z0-9]{22}$/);
    assert.ok(Math.abs(Date.now() - (created_date as Date).getTime()) < 60_000);
    assert.deepEqual(updated_at, created_date);
  });

  for (const { given, input, description } of [
    { given: 'none', input: {}, description: 'the first' },
    { given: 'null', input: { description: null }, description: null },
    { given: 'another', input: { description: 'the second' }, description: 'the second' },
  ]) {
    it(`has the description ${description ?? 'null'} where ${given} is given`, async () => {
      const environmentId = await clone(input);
      const [row] = await system.database.sql`
        SELECT description FROM environments_environment WHERE id = ${environmentId}`;
      assert.deepEqual(row, { description });
    });
  }

  it('seeds what the source itself lacks', async () => {
    const [copied] = await insertFeatures(1);
    const lacking = await insertFeature(system.database.sql, projectId, 'gap', { initial_value: 'initial' });
    const environmentId = await clone();
    const states = (await readStates(system.database.sql, projectId)).filter(
      (state) => state.environment_id === environmentId,
    );
    assert.deepEqual(
      states.map(({ feature_id, value }) => [feature_id, value]),
      [
        [copied, 'value 0'],
        [lacking, 'initial'],
      ],
    );
  });

  it('leaves out a feature that is deleted, though its states are not yet', async () => {
    const [deleted, kept] = await insertFeatures(2);
    await system.database.sql`UPDATE features_feature SET deleted_at = now() WHERE id = ${deleted!}`;
    const environmentId = await clone();
    const { feature_states: states } = await readDocument(system.database, environmentId);
    assert.deepEqual(
      states.map(({ feature }) => feature.id),
      [kept],
    );
  });

  it('shows the clone flagged and audited before its first feature state, and unflagged only after its last', async () => {
    const { sql } = system.database;
    await insertFeatures(3);
    const flags = await watchFlags(sql, 'environments_environment');
    const gate = await holdFeatureStates(sql);
    const workflow = await start();
    await gate.untilWaitedFor();
    const [seen] = await sql`
      SELECT
        (SELECT is_creating FROM environments_environment WHERE project_id = ${projectId} AND name = 'Clone') AS is_creating,
        (SELECT count(*)::integer FROM audit_auditlog WHERE project_id = ${projectId}) AS audit_logs`;
    assert.deepEqual(seen, { is_creating: true, audit_logs: 1 });
    assert.equal((await readStates(sql, projectId)).length, 3);
    await gate.open();
    await workflow.result();
    assert.deepEqual(await flags(), [true, true, false]);
    assert.equal((await readStates(sql, projectId)).length, 6);
  });

  it('finishes copying and clears the flag when it is cancelled meanwhile', async () => {
    const { sql } = system.database;
    await insertFeatures(3);
    const gate = await holdFeatureStates(sql);
    const workflow = await start();
    await gate.untilWaitedFor();
    await cancelAndHear(workflow);
    await gate.open();
    const { environmentId } = await workflow.result();
    assert.equal((await readDocument(system.database, environmentId)).feature_states.length, 3);
    const flagged =
      await sql`SELECT FROM environments_environment WHERE id = ${environmentId} AND is_creating`;
    assert.equal(flagged.length, 0);
  });

  it('waits for a source that is itself being seeded, and says so', async () => {
    const { sql } = system.database;
    await insertFeatures(1);
    await sql`UPDATE environments_environment SET is_creating = true WHERE id = ${sourceEnvironmentId}`;
    const workflow = await start();
    const failure = async () => (await workflow.describe()).raw.pendingActivities?.[0]?.lastFailure;
    let seen;
    while (!(seen = await failure())) await delay(20);
    assert.equal(
      seen.message,
      `environment ${sourceEnvironmentId} is itself being seeded (is_creating is up); it is cloned after that`,
    );
    assert.equal(seen.applicationFailureInfo?.type, 'SourceIsSeeding');
    await sql`UPDATE environments_environment SET is_creating = false WHERE id = ${sourceEnvironmentId}`;
    const { environmentId } = await workflow.result();
    assert.equal((await readDocument(system.database, environmentId)).feature_states.length, 1);
  });

  for (const { what, change } of [
    { what: 'deleted', change: 'deleted_at = now()' },
    { what: 'changed to v2 versioning', change: 'use_v2_feature_versioning = true' },
  ]) {
    it(`fails with the flag up where the source is ${what} meanwhile, rather than filling up with defaults`, async () => {
      const { sql } = system.database;
      await insertFeatures(3);
      const gate = await holdFeatureStates(sql);
      const workflow = await start();
      await gate.untilWaitedFor();
      await sql`UPDATE environments_environment SET ${sql.unsafe(change)} WHERE id = ${sourceEnvironmentId}`;
      await gate.open();
      await assert.rejects(workflow.result(), (error: unknown) => {
        const cause = (error as WorkflowFailedError).cause?.cause;
        assert.ok(cause instanceof ApplicationFailure);
        assert.equal(cause.type, 'SourceChanged');
        return true;
      });
      const clones = await sql`
        SELECT is_creating FROM environments_environment WHERE project_id = ${projectId} AND name = 'Clone'`;
      assert.deepEqual([...clones], [{ is_creating: true }]);
    });
  }

  it('keeps api keys out of its history', async () => {
    const { sql } = system.database;
    const workflow = await start({ name: 'named in the history' });
    await workflow.result();
    const keys = await sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE project_id = ${projectId}`;
    assert.equal(keys.length, 2);
    const history = await historyText(workflow);
    assert.ok(history.includes('named in the history'));
    for (const { api_key } of keys) assert.ok(!history.includes(api_key));
  });
});
