import assert from 'node:assert/strict';
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { orderOf } from '../../src/dynamo/unlessNewer.js';
import { damagedStamps } from '../support/damagedStamps.js';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, type StoredItem, storedItems, withPuts, type Writer } from '../support/writer.js';

describe('writeDocument, where somebody else writes too', () => {
  const system = useSystem();
  let environmentId: number;
  let writer: Writer;

  beforeEach(async () => {
    environmentId = await insertEnvironment(system.database.sql, await insertProject(system.database.sql));
    writer = createWriter(system);
  });

  const foreignWrites = async () =>
    (await writer.deps.metrics.flagsmith_environment_document_foreign_writes_total.get()).values[0]?.value;
  /** As Flagsmith's writer puts: the document without our attribute, whatever is there. */
  const putForeign = async (table: string, item: StoredItem) => {
    const foreign = { ...item };
    delete foreign['document_sync'];
    await system.dynamo.send(new PutItemCommand({ TableName: table, Item: foreign }));
  };

  const putStamped = (table: string, item: StoredItem, stamp: AttributeValue) =>
    system.dynamo.send(new PutItemCommand({ TableName: table, Item: { ...item, document_sync: stamp } }));

  it('counts no item where there was none, nor one of its own', async () => {
    await writer.write({ environmentId });
    await writer.write({ environmentId });
    assert.equal(await foreignWrites(), 0);
  });

  it('replaces each item that is not its own, and counts it once', async () => {
    await writer.write({ environmentId });
    const { v1, v2 } = await storedItems(system, environmentId);
    await putForeign(system.tables.v1, v1!);
    await writer.write({ environmentId });
    assert.equal(await foreignWrites(), 1);
    await putForeign(system.tables.v1, v1!);
    await putForeign(system.tables.v2, v2!);
    await writer.write({ environmentId });
    await writer.write({ environmentId });
    assert.equal(await foreignWrites(), 3);
    assert.ok('document_sync' in (await storedItems(system, environmentId)).v1!);
  });

  for (const [damage, stamp] of damagedStamps)
    it(`replaces items of which document_sync ${damage}, and counts them`, async () => {
      await writer.write({ environmentId });
      const { v1, v2 } = await storedItems(system, environmentId);
      await putStamped(system.tables.v1, v1!, stamp);
      await putStamped(system.tables.v2, v2!, stamp);
      assert.equal((await writer.write({ environmentId })).outcome, 'written');
      assert.equal(await foreignWrites(), 2);
      const healed = await storedItems(system, environmentId);
      assert.ok(orderOf(healed.v1!) && orderOf(healed.v2!));
    });

  it('leaves a later document that replaced a damaged item meanwhile', async () => {
    await writer.write({ environmentId });
    const { v1, v2 } = await storedItems(system, environmentId);
    await putStamped(system.tables.v1, v1!, { M: {} });
    await putStamped(system.tables.v2, v2!, { M: {} });
    let later: Promise<unknown> | undefined;
    const slow = createWriter(system, {
      dynamo: withPuts(system.dynamo, async () => {
        await (later ??= renamedAndWritten());
      }),
    });
    async function renamedAndWritten(): Promise<void> {
      await system.database
        .sql`UPDATE environments_environment SET name = 'later' WHERE id = ${environmentId}`;
      await writer.write({ environmentId });
    }
    assert.equal((await slow.write({ environmentId })).outcome, 'superseded');
    const kept = await storedItems(system, environmentId);
    assert.deepEqual([kept.v1?.['name'], kept.v2?.['name']], [{ S: 'later' }, { S: 'later' }]);
  });
});
