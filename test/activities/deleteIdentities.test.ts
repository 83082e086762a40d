import assert from 'node:assert/strict';
import { BatchWriteItemCommand, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { deleteDocument } from '../../src/activities/deleteDocument.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import type { EnvironmentVerification } from '../../src/verify/verification.js';
import { verifyEnvironment } from '../../src/verify/verifyEnvironment.js';
import type { Deletion } from '../../src/workflows/contract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, mockActivity, withSends, type Writer } from '../support/writer.js';

const AGAIN_AFTER_MS = 60_000;
/** More than two pages. */
const MANY = 230;

describe('deleteDocument, of an environment with identities', () => {
  const system = useSystem();
  let table: string;
  let projectId: number;
  let environmentId: number;
  let apiKey: string;
  let writer: Writer;

  before(async () => {
    table = `${system.database.name}_identities`;
    const { v1, v2 } = system.tables;
    await createEnvironmentTables(system.dynamo, { environments: v1, environmentsV2: v2, identities: table });
  });
  beforeEach(async () => {
    projectId = await insertProject(system.database.sql);
    apiKey = crypto.randomUUID();
    environmentId = await insertEnvironment(system.database.sql, projectId, { api_key: apiKey });
    writer = createWriter(system, { identitiesTable: table });
    await writer.write({ environmentId });
  });

  const set = (columns: Record<string, string | Date | null>, id = environmentId) =>
    system.database.sql`UPDATE environments_environment SET ${system.database.sql(columns)} WHERE id = ${id}`;
  const softDelete = () => set({ deleted_at: new Date() });
  const remove = (againAfterMs = AGAIN_AFTER_MS, deps = writer.deps): Promise<Deletion> =>
    mockActivity().run(() => deleteDocument(deps, { environmentId, againAfterMs }));

  /** As Flagsmith stores them. */
  async function putIdentities(count: number, key = apiKey): Promise<void> {
    for (let number = 0; number < count; number++)
      await system.dynamo.send(
        new PutItemCommand({
          TableName: table,
          Item: {
            composite_key: { S: `${key}_user ${number}` },
            environment_api_key: { S: key },
            identifier: { S: `user ${number}` },
            identity_uuid: { S: crypto.randomUUID() },
            identity_traits: { L: [] },
          },
        }),
      );
  }
  async function identitiesOf(key = apiKey): Promise<number> {
    const { Items: items = [] } = await system.dynamo.send(
      new ScanCommand({ TableName: table, ConsistentRead: true }),
    );
    return items.filter((item) => item['environment_api_key']?.S === key).length;
  }

  it('deletes all of them, over several pages, and nobody else’s', async () => {
    await putIdentities(MANY);
    await putIdentities(2, `${apiKey} of another`);
    await softDelete();
    assert.equal((await remove()).itemsCount, MANY + 2);
    assert.equal(await identitiesOf(), 0);
    assert.equal(await identitiesOf(`${apiKey} of another`), 2);
  });

  it('deletes at the second time what came, or was seen, only after the first', async () => {
    await softDelete();
    await remove();
    await putIdentities(3);
    assert.equal((await remove(0)).itemsCount, 3);
    assert.equal(await identitiesOf(), 0);
  });

  it('goes on where an attempt broke off', async () => {
    await putIdentities(MANY);
    await softDelete();
    let batches = 0;
    const breaking = withSends(system.dynamo, async (command, send) => {
      if (command instanceof BatchWriteItemCommand && ++batches === 6) throw new Error('frozen');
      return await send(command);
    });
    await assert.rejects(remove(AGAIN_AFTER_MS, { ...writer.deps, dynamo: breaking }), /frozen/);
    const left = await identitiesOf();
    assert.ok(left > 0 && left < MANY, `${left} left`);
    assert.equal((await remove()).itemsCount, left);
  });

  it('leaves those of an environment alone that is not deleted, also under a key that it no longer has', async () => {
    await putIdentities(2);
    await set({ api_key: crypto.randomUUID() });
    assert.equal((await remove()).itemsCount, 1); // Its document under the former key.
    assert.equal(await identitiesOf(), 2);
  });

  it('leaves those alone whose key another environment has now', async () => {
    await putIdentities(2);
    await softDelete();
    const heir = await insertEnvironment(system.database.sql, projectId, { api_key: crypto.randomUUID() });
    await set({ api_key: 'former' });
    await set({ api_key: apiKey }, heir);
    await remove();
    assert.equal(await identitiesOf(), 2);
  });

  for (const [event, happen, undo] of [
    ['the environment is restored', () => set({ deleted_at: null }), () => undefined],
    [
      'the environment is restored with another key',
      () => set({ deleted_at: null, api_key: `another of ${environmentId}` }),
      () => undefined,
    ],
    [
      'another environment gets the key',
      async () => {
        const heir = await insertEnvironment(system.database.sql, projectId, {
          api_key: crypto.randomUUID(),
        });
        await set({ api_key: `former ${environmentId}` });
        await set({ api_key: apiKey }, heir);
      },
      () => undefined,
    ],
    ['syncs are paused', () => pauseSyncs(system.database), () => resumeSyncs(system.database)],
  ] as const)
    it(`stops between two pages when ${event}`, async () => {
      await putIdentities(MANY);
      await softDelete();
      let queries = 0;
      const watched = withSends(system.dynamo, async (command, send) => {
        if (command instanceof QueryCommand && command.input.TableName === table && ++queries === 1)
          await happen();
        return await send(command);
      });
      await remove(AGAIN_AFTER_MS, { ...writer.deps, dynamo: watched });
      await undo();
      assert.equal(await identitiesOf(), MANY - 100);
    });

  it('leaves them to Flagsmith where no table is named, or the project does not use DynamoDB', async () => {
    await putIdentities(2);
    await softDelete();
    await remove(AGAIN_AFTER_MS, { ...writer.deps, identitiesTable: undefined });
    await system.database.sql`UPDATE projects_project SET enable_dynamo_db = false WHERE id = ${projectId}`;
    await remove();
    assert.equal(await identitiesOf(), 2);
  });

  it('deletes the items though the table of identities fails, fails as a whole, and remembers the key', async () => {
    await putIdentities(1);
    await softDelete();
    const failing = withSends(system.dynamo, async (command, send) => {
      if (command instanceof QueryCommand && command.input.TableName === table) throw new Error('throttled');
      return await send(command);
    });
    await assert.rejects(remove(0, { ...writer.deps, dynamo: failing }), /throttled/);
    assert.equal((await remove(0)).itemsCount, 1);
  });

  it('leaves nothing that a verification would find; what it finds, it has deleted', async () => {
    await softDelete();
    await remove();
    await remove(0);
    const deps = { ...writer.deps, isSyncRunning: () => Promise.resolve(false) };
    const verify = async (repair: boolean): Promise<EnvironmentVerification> => {
      await system.database.sql`DELETE FROM document_sync.outbox`;
      const signal = AbortSignal.timeout(30_000);
      const run = (): Promise<EnvironmentVerification> =>
        verifyEnvironment(deps, { environmentId, repair }, signal);
      return await mockActivity().run(run);
    };
    assert.equal((await verify(false)).outcome, 'deleted');

    await putIdentities(2);
    assert.deepEqual((await verify(false)).drift, ['orphaned']);
    assert.equal(await identitiesOf(), 2);
    const { drift, repaired } = await verify(true);
    assert.deepEqual([drift, repaired], [['orphaned'], true]);
    assert.equal(await identitiesOf(), 0);
    assert.equal((await verify(false)).outcome, 'deleted');
  });
});
