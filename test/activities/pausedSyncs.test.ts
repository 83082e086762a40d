import assert from 'node:assert/strict';
import { BatchWriteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { deleteDocument } from '../../src/activities/deleteDocument.js';
import { pauseSyncs, resumeSyncs } from '../../src/syncs/pauseSyncs.js';
import type { Deletion } from '../../src/workflows/contract.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, mockActivity, storedItems, withSends, type Writer } from '../support/writer.js';

const CHANGED_AT = '2026-01-01T00:00:00.123456';
const NOTHING = { v1: undefined, v2: undefined };

describe('while syncs are paused', () => {
  const system = useSystem();
  const database = () => system.database;
  let projectId: number;
  let environmentId: number;
  let writer: Writer;

  beforeEach(async () => {
    projectId = await insertProject(system.database.sql);
    environmentId = await insertEnvironment(system.database.sql, projectId);
    await system.database.sql`DELETE FROM document_sync.outbox`;
    writer = createWriter(system);
  });
  afterEach(() => system.database.sql`DELETE FROM document_sync.paused_sync`);

  const stored = () => storedItems(system, environmentId);
  const remove = (deps = writer.deps): Promise<Deletion> =>
    mockActivity().run(() => deleteDocument(deps, { environmentId, againAfterMs: 60_000 }));
  const softDelete = () =>
    system.database.sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;

  describe('writeDocument', () => {
    it('writes nothing, says since when, and puts the change back with its time and its project', async () => {
      const { since } = (await pauseSyncs(database(), { projectId })).pause;
      assert.deepEqual(await writer.write({ environmentId, changedAt: CHANGED_AT }), {
        outcome: 'paused',
        seeding: false,
        pause: { projectId, since },
      });
      assert.deepEqual(await stored(), NOTHING);
      const rows = await system.database.sql`
        SELECT project_id, environment_id, to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS at
        FROM document_sync.outbox`;
      assert.deepEqual([...rows], [{ project_id: projectId, environment_id: environmentId, at: CHANGED_AT }]);
    });

    it('writes after the end of the pause, and while another project is paused', async () => {
      await pauseSyncs(database());
      await pauseSyncs(database(), { projectId: await insertProject(system.database.sql) });
      assert.equal((await writer.write({ environmentId })).outcome, 'paused');
      await resumeSyncs(database());
      assert.equal((await writer.write({ environmentId })).outcome, 'written');
    });

    it('writes what is asked for by hand, and says that syncs are paused', async () => {
      const { since } = (await pauseSyncs(database())).pause;
      const outcome = await writer.write({ environmentId, evenIfPaused: true });
      assert.ok(outcome.outcome === 'written');
      assert.deepEqual(outcome.pause, { projectId: null, since });
      assert.ok((await stored()).v1);
    });

    it('writes nothing when a scheduled change goes live', async () => {
      await pauseSyncs(database());
      const outcome = await writer.write({ environmentId, onlyIfLiveSince: CHANGED_AT });
      assert.equal(outcome.outcome, 'paused');
    });

    it('writes nothing at the next attempt of a write that was refused before the pause', async () => {
      let puts = 0;
      const slow = createWriter(system, {
        dynamo: withSends(system.dynamo, async (command, send) => {
          if (!(command instanceof PutItemCommand)) return await send(command);
          puts++;
          await pauseSyncs(database());
          throw new Error('throttled');
        }),
      });
      await assert.rejects(slow.write({ environmentId }), /throttled/);
      assert.equal((await slow.write({ environmentId })).outcome, 'paused');
      assert.equal(puts, 2);
    });
  });

  describe('deleteDocument', () => {
    beforeEach(() => writer.write({ environmentId }));

    it('deletes nothing, and remembers the key', async () => {
      await softDelete();
      await pauseSyncs(database(), { projectId });
      assert.deepEqual(await remove(), { outcome: 'paused', isLive: false, itemsCount: 0, refusedCount: 0 });
      const { v1, v2 } = await stored();
      assert.ok(v1 && v2);
      await resumeSyncs(database(), { projectId });
      assert.equal((await remove()).itemsCount, 2);
    });

    it('stops between two pages of a partition, tells what was deleted, and goes on after the pause', async () => {
      for (let i = 0; i < 130; i++)
        await system.dynamo.send(
          new PutItemCommand({
            TableName: system.tables.v2,
            Item: {
              environment_id: { S: String(environmentId) },
              document_key: { S: `identity_override:1:${crypto.randomUUID()}` },
            },
          }),
        );
      await softDelete();
      const watched = withSends(system.dynamo, async (command, send) => {
        if (command instanceof BatchWriteItemCommand) await pauseSyncs(database());
        return await send(command);
      });
      const deletion = await remove({ ...writer.deps, dynamo: watched });
      assert.equal(deletion.outcome, 'paused');
      assert.ok(deletion.itemsCount > 2 && deletion.itemsCount < 132, `${deletion.itemsCount} deleted`);
      assert.equal(writer.events.at(-1)?.event, 'environment_document.deleted');
      await resumeSyncs(database());
      assert.equal((await remove()).itemsCount + deletion.itemsCount, 132);
    });
  });
});
