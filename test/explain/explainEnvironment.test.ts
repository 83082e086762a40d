import assert from 'node:assert/strict';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type ExplainDeps, explainEnvironment } from '../../src/explain/explainEnvironment.js';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import { explanationText } from '../../src/explain/explanationText.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useRoles } from '../support/roles.js';
import { useSystem } from '../support/system.js';
import { createWriter, storedItems } from '../support/writer.js';

describe('explainEnvironment', () => {
  const system = useRoles(
    ['reader'],
    () => useSystem(),
    ({ database }) => database,
  );
  let deps: ExplainDeps;
  let projectId: number;
  let featureId: number;
  let environmentId: number;

  before(async () => {
    const { sql } = system.database;
    const { name, db } = system.roles.reader;
    // SELECT is all that it takes.
    await sql.unsafe(`
      GRANT USAGE ON SCHEMA public, document_sync TO ${name};
      GRANT SELECT ON ALL TABLES IN SCHEMA public, document_sync TO ${name}`);
    deps = {
      client: system.client,
      instanceName: system.database.name,
      webUiUrl: 'https://temporal.example.com',
      db,
      dynamo: system.dynamo,
      tables: system.tables,
      compression: 'on',
      seedingPolicy: { inferenceWindowMs: 60_000 },
    };
    projectId = await insertProject(sql);
    featureId = await insertFeature(sql, projectId, 'checkout');
  });

  beforeEach(async () => {
    const { sql } = system.database;
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, featureId, 'secret sauce');
    await write();
  });

  const write = async () => {
    assert.equal((await createWriter(system).write({ environmentId })).outcome, 'written');
    await system.database.sql`DELETE FROM document_sync.outbox`;
  };

  const explain = async (id = environmentId) => {
    const explanation = await explainEnvironment(deps, id);
    const text = explanationText(explanation);
    assert.equal(text.split('\n').at(-1), `What to do: ${explanation.whatToDo}`);
    return { explanation, text };
  };

  it('finds nothing to do where the document is current', async () => {
    const { explanation, text } = await explain();
    assert.equal(explanation.whatToDo, 'nothing: the document is current.');
    assert.equal(explanation.isWell, true);
    assert.match(text, /^environment \d+ "Production" of project \d+ "Shop", organisation \d+$/m);
    assert.match(text, /^ {2}v1 item +was read .*\n +is what would be written now$/m);
    assert.match(text, /^ {2}outbox +is empty$/m);
  });

  it('names the flag that is up, and how to clear one that a dead creator left', async () => {
    const { sql } = system.database;
    await sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentId}`;
    await sql`DELETE FROM document_sync.outbox`;
    const { explanation, text } = await explain();
    assert.match(text, /^ {2}flags +the environment is being seeded \(is_creating is up\)$/m);
    assert.match(
      explanation.whatToDo,
      new RegExp(`wait.*\`envsync finish-seeding environment ${environmentId}\``),
    );
    assert.equal(explanation.isWell, false);
  });

  it('names a feature that has no state here: a write waits while it is new, and not once it is old', async () => {
    const { sql } = system.database;
    const id = await insertFeature(sql, projectId, 'new', { created_date: new Date() });
    try {
      const young = await explain();
      assert.match(
        young.text,
        /^ {2}missing +feature \d+ has no live feature state here yet: a write would wait$/m,
      );
      await sql`UPDATE features_feature SET created_date = now() - interval '1 day' WHERE id = ${id}`;
      await sql`DELETE FROM document_sync.outbox`;
      const old = await explain();
      assert.deepEqual(old.explanation.seeding?.oldGaps, [{ kind: 'feature_state_missing', featureId: id }]);
      assert.match(old.explanation.whatToDo, /is current, but .*--seed-missing/);
    } finally {
      await sql`DELETE FROM features_feature WHERE id = ${id}`;
    }
  });

  it('tells by paths, never by values or keys, where the item is not what would be written', async () => {
    const { sql } = system.database;
    await sql`UPDATE features_featurestatevalue SET string_value = 'other sauce'`;
    await sql`DELETE FROM document_sync.outbox`;
    const { explanation, text } = await explain();
    assert.match(text, /is not what would be written now: 1 difference$/m);
    assert.match(text, /^ +feature_states\[name=checkout\]\.feature_state_value$/m);
    assert.equal(explanation.whatToDo, `run \`envsync rebuild ${environmentId}\`.`);
    const [row] = await sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE id = ${environmentId}`;
    for (const secret of ['sauce', row!.api_key])
      assert.ok(!(text + JSON.stringify(explanation)).includes(secret), secret);
  });

  it('tells of an item that is missing, and of one that somebody else wrote', async () => {
    const { v1 } = await storedItems(system, environmentId);
    await system.dynamo.send(
      new DeleteItemCommand({ TableName: system.tables.v1, Key: { api_key: v1!['api_key']! } }),
    );
    const missing = await explain();
    assert.match(missing.text, /^ {2}v1 item +is missing$/m);
    assert.match(missing.explanation.whatToDo, /envsync rebuild/);

    const foreign = { ...v1! };
    delete foreign['document_sync'];
    await system.dynamo.send(new PutItemCommand({ TableName: system.tables.v1, Item: foreign }));
    const { text, explanation } = await explain();
    assert.match(text, /^ {2}v1 item +was written by somebody else$/m);
    assert.equal(explanation.whatToDo, `run \`envsync rebuild ${environmentId}\`.`);
  });

  it('tells of an item of a moment that PostgreSQL has not reached, and of another database’s', async () => {
    const { v1 } = await storedItems(system, environmentId);
    const stamped = (changed: object) => ({
      ...v1!,
      document_sync: { M: { ...v1!['document_sync']!.M, ...changed } },
    });
    const put = (Item: ReturnType<typeof stamped>) =>
      system.dynamo.send(new PutItemCommand({ TableName: system.tables.v1, Item }));
    await put(
      stamped({ order: { S: 'FFFFFFFF.0000000001.00000000000000000001.2999-01-01T00:00:00.000000' } }),
    );
    const ahead = await explain();
    assert.match(ahead.text, /was read 2999-01-01 00:00:00 UTC, at FFFFFFFF.*: ahead of PostgreSQL$/m);
    assert.match(ahead.explanation.whatToDo, /rebuild \d+ --force/);

    await put(stamped({ source: { S: '1' } }));
    const other = await explain();
    assert.match(other.text, /: of another database$/m);
    assert.match(other.explanation.whatToDo, /--accept-source/);
  });

  it('names the row that keeps a document from being made', async () => {
    const { sql } = system.database;
    await sql`UPDATE features_feature SET type = 'OTHER' WHERE id = ${featureId}`;
    await sql`DELETE FROM document_sync.outbox`;
    try {
      const { text, explanation } = await explain();
      assert.match(text, new RegExp(`^  refused +features_feature ${featureId}: type is neither `, 'm'));
      assert.match(explanation.whatToDo, /^correct in Flagsmith what is refused/);
    } finally {
      await sql`UPDATE features_feature SET type = 'STANDARD' WHERE id = ${featureId}`;
    }
  });

  it('tells of changes that wait in the outbox, its own and its project’s', async () => {
    const { sql } = system.database;
    await insertAuditLog(sql, { projectId });
    const waiting = await explain();
    assert.match(waiting.text, /^ {2}outbox +1 change of the whole project since /m);
    assert.match(waiting.explanation.whatToDo, /^wait a second/);
    await sql`UPDATE document_sync.outbox SET attempts = 4`;
    const { explanation, text } = await explain();
    assert.match(text, /refused 4 times by Temporal$/m);
    assert.match(explanation.whatToDo, /^see that Temporal accepts signals/);
  });

  it('says that syncs are paused, since when, and how they go on, before all else', async () => {
    const { since } = (await pauseSyncs(system.database, { projectId })).pause;
    const { explanation, text } = await explain();
    await resumeSyncs(system.database, { projectId });
    assert.deepEqual(explanation.paused, { pause: { projectId, since } });
    assert.match(
      text,
      new RegExp(`^ {2}paused +syncs of project ${projectId} are paused since .* UTC$`, 'm'),
    );
    assert.match(explanation.whatToDo, new RegExp(`^\`envsync sync resume --project ${projectId}\``));
    assert.equal(explanation.isWell, false);
    assert.doesNotMatch((await explain()).text, /paused/);
  });

  it('tells of a project that does not use DynamoDB, and of an environment that is deleted', async () => {
    const { sql } = system.database;
    const unused = await insertEnvironment(sql, await insertProject(sql, { enable_dynamo_db: false }));
    assert.match((await explain(unused)).explanation.whatToDo, /^nothing: its project does not use DynamoDB/);

    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    const left = await explain();
    assert.match(left.text, /organisation \d+, deleted$/m);
    assert.match(left.explanation.whatToDo, /envsync rebuild \d+`: it has the items deleted/);
  });

  it('refuses what never was an environment', async () => {
    await assert.rejects(explain(999_999_999_999), /^Error: There is no environment 999999999999\.$/);
  });
});
