import assert from 'node:assert/strict';
import { readOutboxState } from '../../src/db/outboxState.js';
import { insertSyncRequest } from '../../src/db/syncRequests.js';
import { useDatabase } from '../support/database.js';

describe('readOutboxState', () => {
  const database = useDatabase({ template: 'migrated' });
  beforeEach(() => database.sql`DELETE FROM document_sync.outbox`);

  it('tells of an empty outbox', async () => {
    assert.deepEqual(await readOutboxState(database.db), { rows: 0, oldestSeconds: 0 });
  });

  it('counts what is waiting, and the age of the oldest', async () => {
    await insertSyncRequest(database.db, 42, '2026-01-01T00:00:00.000000');
    await insertSyncRequest(database.db, 43);
    const { rows, oldestSeconds } = await readOutboxState(database.db);
    const [age] = await database.sql<{ seconds: number }[]>`
      SELECT extract(epoch FROM now() - '2026-01-01T00:00:00Z')::float8 AS seconds`;
    assert.equal(rows, 2);
    assert.ok(Math.abs(oldestSeconds - age!.seconds) < 10);
  });

  it('leaves out requests for a moment that has not come', async () => {
    await insertSyncRequest(database.db, 42, '2999-01-01T00:00:00.000000');
    assert.deepEqual(await readOutboxState(database.db), { rows: 0, oldestSeconds: 0 });
  });
});
