import assert from 'node:assert/strict';
import type { Sql } from 'postgres';
import type { DatabaseSession } from '../../src/db/connect.js';
import { currentOrder, inSnapshot } from '../../src/db/snapshot.js';
import { useDatabase } from '../support/database.js';

const READ_ONLY_TRANSACTION = '25006';

describe('the order of snapshots', () => {
  const database = useDatabase({ template: 'migrated' });
  before(async () => {
    await database.sql`CREATE TABLE public.scratch (id integer GENERATED ALWAYS AS IDENTITY, n integer)`;
  });

  it('has parts of fixed width, so that it sorts as text', async () => {
    const { source, order, asOf } = await currentOrder(database.db);
    assert.match(order, /^[0-9A-F]{8}\.\d{10}\.\d{20}\.\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/);
    assert.ok(order.endsWith(`.${asOf}`));
    assert.match(source, /^\d+$/);
  });

  it('never falls while others write, commit, roll back and set savepoints', async () => {
    const { sql, db } = database;
    let stopped = false;
    const writers = Array.from({ length: 5 }, async (_, writer) => {
      for (let n = 0; !stopped; n++) await write(sql, writer + n);
    });
    const orders: string[] = [];
    while (orders.length < 400) orders.push((await currentOrder(db)).order);
    stopped = true;
    await Promise.all(writers);
    assert.deepEqual(orders, [...orders].sort());
    assert.ok(new Set(orders.map(versionOf)).size > 50, 'the writers wrote between the snapshots');
  });

  it('has a version that rises when a transaction commits', async () => {
    const earlier = await currentOrder(database.db);
    await database.sql`INSERT INTO scratch (n) VALUES (1)`;
    assertVersionRose(earlier.order, (await currentOrder(database.db)).order);
  });

  it('has a version that rises when a transaction older than the last snapshot commits', async () => {
    const { sql, db } = database;
    const old = await openTransaction(sql);
    await sql`INSERT INTO scratch (n) VALUES (2)`;
    const earlier = await currentOrder(db);
    await old.commit();
    assertVersionRose(earlier.order, (await currentOrder(db)).order);
  });

  it('has a version that does not fall when a transaction rolls back', async () => {
    const { sql, db } = database;
    const old = await openTransaction(sql);
    await sql`INSERT INTO scratch (n) VALUES (3)`;
    const earlier = await currentOrder(db);
    await old.rollback();
    const later = await currentOrder(db);
    assert.ok(versionOf(later.order) >= versionOf(earlier.order));
  });
});

describe('the epoch in the order of snapshots', () => {
  const database = useDatabase({ template: 'migrated' });
  /** What crash recovery does to an unlogged table. */
  const forget = () => database.sql`DELETE FROM document_sync.alive`;

  it('begins once, whoever asks, when crash recovery has emptied `alive`', async () => {
    const askEightTimes = () => Promise.all(Array.from({ length: 8 }, () => currentOrder(database.db)));
    // Their connections are open then, so that they really ask at once.
    await askEightTimes();
    const before = await currentOrder(database.db);
    await forget();
    const orders = await askEightTimes();
    assert.deepEqual(
      new Set(orders.map(({ order }) => epochOf(order))),
      new Set([epochOf(before.order) + 1]),
    );
    const [stored] = await database.sql<{ epoch: number }[]>`SELECT epoch FROM document_sync.epoch`;
    assert.equal(stored?.epoch, epochOf(before.order) + 1);
  });

  it('makes every later order greater than all before, though their versions may have been greater', async () => {
    const { order } = await currentOrder(database.db);
    const greatest = order.replace(/\.\d{20}\./, `.${'9'.repeat(20)}.`);
    assert.ok(order < greatest);
    await forget();
    assert.ok((await currentOrder(database.db)).order > greatest);
  });

  it('sorts as a number also where it gains a digit', async () => {
    await database.sql`UPDATE document_sync.epoch SET epoch = 9`;
    await database.sql`UPDATE document_sync.alive SET epoch = 9`;
    const nine = await currentOrder(database.db);
    await forget();
    const ten = await currentOrder(database.db);
    assert.equal(epochOf(ten.order), 10);
    assert.ok(ten.order > nine.order);
  });
});

describe('inSnapshot', () => {
  const database = useDatabase({ template: 'migrated' });

  it('refuses to write', async () => {
    await assert.rejects(
      inSnapshot(
        database.db,
        (tx) => tx`INSERT INTO document_sync.outbox (project_id, source) VALUES (1, 'audit_log')`,
      ),
      { code: READ_ONLY_TRANSACTION },
    );
    assert.equal((await database.sql`SELECT FROM document_sync.outbox`).length, 0);
  });

  it('shows its reads nothing that was committed after it was taken', async () => {
    const count = async (session: DatabaseSession) =>
      (await session`SELECT FROM document_sync.outbox`).length;
    const seen = await inSnapshot(database.db, async (tx) => {
      await database.sql`INSERT INTO document_sync.outbox (project_id, source) VALUES (1, 'audit_log')`;
      return await count(tx);
    });
    assert.deepEqual([seen, await count(database.db)], [0, 1]);
  });

  it('runs the reads once, and throws what they throw', async () => {
    let runs = 0;
    const fault = new Error('fault');
    await database.sql`DELETE FROM document_sync.alive`;
    const reading = inSnapshot(database.db, () => {
      runs++;
      return Promise.reject(fault);
    });
    await assert.rejects(reading, fault);
    assert.equal(runs, 1);
  });
});

describe('inSnapshot, on a database without our schema', () => {
  const database = useDatabase({ template: 'baseline' });

  it('says what to run', async () => {
    await assert.rejects(currentOrder(database.db), /not prepared: run `envsync migrate`/);
  });
});

const part = (order: string, index: number): bigint => BigInt(order.split('.')[index]!);
const epochOf = (order: string): number => Number(part(order, 1));
const versionOf = (order: string): bigint => part(order, 2);

const assertVersionRose = (earlier: string, later: string) => {
  assert.ok(versionOf(later) > versionOf(earlier), `${later} after ${earlier}`);
};

/** One transaction, of one of several kinds. */
async function write(sql: Sql, n: number): Promise<void> {
  const rolledBack = new Error('rolled back');
  await sql
    .begin(async (tx) => {
      await tx`INSERT INTO scratch (n) VALUES (${n})`;
      if (n % 3 === 0) await tx.savepoint((inner) => inner`INSERT INTO scratch (n) VALUES (${n})`);
      if (n % 4 === 0) throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
}

/** A transaction that has written, and stays open until it is told how to end. */
async function openTransaction(sql: Sql) {
  const session = await sql.reserve();
  await session`BEGIN`;
  await session`INSERT INTO scratch (n) VALUES (0)`;
  const end = async (statement: 'COMMIT' | 'ROLLBACK') => {
    await session.unsafe(statement);
    session.release();
  };
  return { commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') };
}
