import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { hasRetiredKeys, readRetirement, retireDeletedKey, settleKeys } from '../../src/db/retiredKeys.js';
import { useDatabase } from '../support/database.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';

const A_MINUTE_MS = 60_000;

describe('the key of an environment', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  before(async () => {
    projectId = await insertProject(database.sql);
  });
  beforeEach(() => database.sql`DELETE FROM document_sync.retired_key`);

  const insert = (apiKey: string) => insertEnvironment(database.sql, projectId, { api_key: apiKey });
  const retired = async () => [
    ...(await database.sql`
      SELECT environment_id, api_key, items_deleted_at FROM document_sync.retired_key ORDER BY id`),
  ];
  const row = (environmentId: number, apiKey: string) => ({
    environment_id: environmentId,
    api_key: apiKey,
    items_deleted_at: null,
  });

  it('is remembered when it is changed, and again when it is changed back', async () => {
    const id = await insert('first key');
    await database.sql`UPDATE environments_environment SET api_key = 'second key' WHERE id = ${id}`;
    assert.deepEqual(await retired(), [row(id, 'first key')]);
    await database.sql`UPDATE environments_environment SET api_key = 'first key' WHERE id = ${id}`;
    assert.deepEqual(await retired(), [row(id, 'first key'), row(id, 'second key')]);
  });

  it('is remembered when the environment is deleted, once, whatever is done to it or its row after that', async () => {
    const id = await insert('deleted');
    await database.sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${id}`;
    await database.sql`UPDATE environments_environment SET deleted_at = now(), name = 'x' WHERE id = ${id}`;
    await database.sql`DELETE FROM environments_environment WHERE id = ${id}`;
    assert.deepEqual(await retired(), [row(id, 'deleted')]);
  });

  it('is remembered when its row is deleted', async () => {
    const id = await insert('row deleted');
    await database.sql`DELETE FROM environments_environment WHERE id = ${id}`;
    assert.deepEqual(await retired(), [row(id, 'row deleted')]);
  });

  it('is remembered of each environment that one statement deletes', async () => {
    const ids = [await insert('one'), await insert('two'), await insert('three')];
    await database.sql`
      UPDATE environments_environment SET deleted_at = now() WHERE api_key IN ('one', 'three')`;
    assert.deepEqual(
      (await retired()).map((found) => found['environment_id'] as number).sort((a, b) => a - b),
      [ids[0], ids[2]],
    );
  });

  it('is not remembered when anything else of the environment changes, or it is restored', async () => {
    const id = await insert('kept');
    await database.sql`
      UPDATE environments_environment SET name = 'other', updated_at = now(), api_key = 'kept' WHERE id = ${id}`;
    assert.deepEqual(await retired(), []);
    await database.sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${id}`;
    await database.sql`DELETE FROM document_sync.retired_key`;
    await database.sql`UPDATE environments_environment SET deleted_at = NULL WHERE id = ${id}`;
    assert.deepEqual(await retired(), []);
  });

  it('is forgotten with the transaction that was rolled back', async () => {
    const id = await insert('rolled back');
    const rolledBack = new Error('rolled back');
    const deletion = database.sql.begin(async (tx) => {
      await tx`UPDATE environments_environment SET deleted_at = now() WHERE id = ${id}`;
      throw rolledBack;
    });
    await assert.rejects(deletion, rolledBack);
    assert.deepEqual(await retired(), []);
  });

  it('is remembered later of an environment that was deleted before there were triggers, and only of such a one', async () => {
    const id = await insert('before the triggers');
    await retireDeletedKey(database.db, id);
    assert.deepEqual(await retired(), []);
    await database.sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${id}`;
    await database.sql`DELETE FROM document_sync.retired_key`;
    await retireDeletedKey(database.db, id);
    await retireDeletedKey(database.db, id);
    assert.deepEqual(await retired(), [row(id, 'before the triggers')]);
  });

  it('is told of as due for its last deletion that long after the first one, then forgotten', async () => {
    const id = await insert('old');
    await database.sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${id}`;
    const isDueAgain = async (againAfterMs: number) =>
      (await readRetirement(database.db, id, againAfterMs)).keys.map((key) => key.isDueAgain);
    assert.deepEqual(await isDueAgain(0), [false]);

    const [key] = (await readRetirement(database.db, id, 0)).keys;
    const settle = (forget: string[], againAfterMs: number) =>
      settleKeys(database.db, id, { forget, deleted: [key!.id], againAfterMs });
    const inMs = await settle([], A_MINUTE_MS);
    assert.ok(inMs! > A_MINUTE_MS - 5_000 && inMs! <= A_MINUTE_MS, `${inMs} ms`);
    await delay(50);
    assert.deepEqual(await isDueAgain(A_MINUTE_MS), [false]);
    assert.deepEqual(await isDueAgain(40), [true]);
    // A repeated first deletion does not begin the wait anew.
    assert.ok((await settle([], A_MINUTE_MS))! < inMs! - 40);
    assert.equal(await hasRetiredKeys(database.db, id), true);
    assert.equal(await settle([key!.id], A_MINUTE_MS), undefined);
    assert.equal(await hasRetiredKeys(database.db, id), false);
  });

  it('that was retired since the keys were read is neither forgotten nor taken for deleted', async () => {
    const id = await insert('key 1');
    await database.sql`UPDATE environments_environment SET api_key = 'key 2' WHERE id = ${id}`;
    const [first] = (await readRetirement(database.db, id, 0)).keys;
    await database.sql`UPDATE environments_environment SET api_key = 'key 1' WHERE id = ${id}`;
    await database.sql`UPDATE environments_environment SET api_key = 'key 3' WHERE id = ${id}`;
    await settleKeys(database.db, id, { forget: [first!.id], deleted: [first!.id], againAfterMs: 0 });
    assert.deepEqual(await retired(), [row(id, 'key 2'), row(id, 'key 1')]);
  });
});

describe('a key that cannot be remembered', () => {
  const database = useDatabase({ template: 'migrated' });

  it("lets Flagsmith's statements succeed, and warns", async () => {
    const { sql } = database;
    const projectId = await insertProject(sql);
    const changed = await insertEnvironment(sql, projectId, { api_key: 'first' });
    const deleted = await insertEnvironment(sql, projectId);
    await sql`DROP TABLE document_sync.retired_key`;

    const warnings: string[] = [];
    const flagsmith = postgres(database.url, {
      max: 1,
      onnotice: ({ severity, message }) => warnings.push(`${severity}: ${message}`),
    });
    await flagsmith`UPDATE environments_environment SET api_key = 'second' WHERE id = ${changed}`;
    await flagsmith`DELETE FROM environments_environment WHERE id = ${deleted}`;
    await flagsmith.end();

    assert.deepEqual([...(await sql`SELECT api_key FROM environments_environment`)], [{ api_key: 'second' }]);
    assert.deepEqual(
      warnings.map((warning) => /^WARNING: document_sync: [\w ]+/.exec(warning)?.[0]),
      Array(2).fill('WARNING: document_sync: a retired key was not recorded'),
    );
  });
});
