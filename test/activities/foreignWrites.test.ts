import assert from 'node:assert/strict';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, type StoredItem, storedItems, type Writer } from '../support/writer.js';

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
});
