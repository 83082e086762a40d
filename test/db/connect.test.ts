import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { connectDatabase, type Database, sqlState } from '../../src/db/connect.js';
import { TcpFaultProxy } from '../../proof/faults/tcpFaultProxy.js';
import { useDatabase } from '../support/database.js';

describe('a database', () => {
  const database = useDatabase({ template: 'empty' });
  let db: Database;

  beforeEach(() => {
    db = connectDatabase(database.url, { applicationName: 'to be killed', maxConnections: 2 });
  });
  afterEach(() => db.end());

  const killConnections = () => database.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to be killed'`;

  async function untilAsleep(): Promise<void> {
    const asleep = () =>
      database.sql`SELECT FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(60)'`;
    while ((await asleep()).length === 0);
  }

  it('puts values into parameters and parts into the statement', async () => {
    const part = db`${'a'}::text = ANY (${['a', "b'"]}::text[])`;
    const rows = await db<
      { found: boolean; value: number }[]
    >`SELECT ${part} AS found, ${7}::integer AS value`;
    assert.deepEqual([...rows], [{ found: true, value: 7 }]);
    assert.equal(rows.count, 1);
  });

  it('sends a statement once, however often it is awaited', async () => {
    await db`CREATE TABLE sent (id integer)`;
    const insert = db`INSERT INTO sent VALUES (1)`;
    await insert;
    await insert;
    assert.equal((await db`SELECT FROM sent`).length, 1);
  });

  it('keeps nothing of a transaction that fails, and tells why by its code', async () => {
    await db`CREATE TABLE kept (id integer)`;
    const failed = db.transaction(async (tx) => {
      await tx`INSERT INTO kept VALUES (1)`;
      await tx`SELECT 1 / 0`;
    });
    await assert.rejects(failed, (error) => sqlState(error) === '22012');
    assert.equal((await db`SELECT FROM kept`).length, 0);
  });

  it('tells why a transaction failed, also where a statement behind the failed one is heard first', async () => {
    const failed = db.transaction(async (tx) => {
      const statements = [tx`SELECT 1 / 0`, tx`SELECT 1`];
      const [, behind] = statements.map((statement) => statement.catch((error: unknown) => error));
      throw await behind;
    });
    await assert.rejects(failed, (error) => sqlState(error) === '22012');
  });

  it('tells of a refused row by which constraint, and quotes nothing of it, in a transaction or not', async () => {
    await db`CREATE TABLE refusing (key text UNIQUE CHECK (key <> 'sesame'))`;
    await db`INSERT INTO refusing VALUES ('open')`;
    const refused = [
      () => db`INSERT INTO refusing VALUES ('sesame')`,
      () => db`INSERT INTO refusing VALUES ('open')`,
      () =>
        db.transaction(async (tx) => {
          await tx`INSERT INTO refusing VALUES ('sesame')`;
        }),
    ];
    for (const insert of refused)
      await assert.rejects(insert, (error: Error) => {
        const told = inspect(error);
        return /refusing_key_(check|key)/.test(told) && !/sesame|open/.test(told);
      });
  });

  // Each of these ended the process, or left a connection that never answered again, with the driver used before.
  it('goes on after connections that died at rest, in a statement, and between the statements of a transaction', async () => {
    for (let round = 1; round <= 5; round++) {
      await db`SELECT 1`;
      await killConnections();
      // The first statements may still meet the dying connections; those after them may not.
      await Promise.allSettled([db`SELECT 1`, db`SELECT 1`]);

      const inStatement = assert.rejects(db`SELECT pg_sleep(60)`);
      const between = assert.rejects(
        db.transaction(async (tx) => {
          await tx`SELECT 1`;
          await untilAsleep();
          await killConnections();
          await tx`SELECT 2`.catch(() => undefined);
          await tx`SELECT 3`;
        }),
      );
      await Promise.all([inStatement, between]);
      assert.equal((await Promise.all([db`SELECT 1`, db`SELECT 1`])).length, 2);
    }
  });

  it('has PostgreSQL let go of what a process has locked that fell silent', async () => {
    const silent = connectDatabase(database.url, { applicationName: 'silent', silentTransactionMs: 1_000 });
    await db`CREATE TABLE claimed AS SELECT 1 AS id`;
    const unclaimed = () => db`SELECT FROM claimed FOR UPDATE SKIP LOCKED`;
    let claim: () => void = () => undefined;
    const isClaimed = new Promise<void>((resolve) => (claim = resolve));
    let wake: () => void = () => undefined;
    const held = assert.rejects(
      silent.transaction(async (tx) => {
        await tx`SELECT FROM claimed FOR UPDATE`;
        claim();
        await new Promise<void>((resolve) => (wake = resolve));
        await tx`DELETE FROM claimed`;
      }),
      /terminat|not queryable/,
    );
    // Told by the claim itself: a look from outside may come when it is over already.
    await isClaimed;
    while ((await unclaimed()).length === 0) await delay(20);
    wake();
    await held;
    assert.equal((await db`SELECT FROM claimed`).length, 1);
    await silent.end();
  });

  it('has a silent transaction ended after half a minute, and a lost machine noticed within minutes', async () => {
    const [settings] = await db`
      SELECT current_setting('idle_in_transaction_session_timeout') AS silent,
        current_setting('tcp_keepalives_idle') AS idle, current_setting('tcp_keepalives_interval') AS interval`;
    assert.deepEqual(settings, { silent: '30s', idle: '60', interval: '10' });
    const patient = connectDatabase(database.url, { applicationName: 'patient', silentTransactionMs: 0 });
    const [own] = await patient`SELECT current_setting('idle_in_transaction_session_timeout') AS silent`;
    await patient.end();
    assert.deepEqual(own, { silent: '0' });
  });

  it('replaces all connections of the time of one that gives no answer', async () => {
    const way = await TcpFaultProxy.open(Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(way.port);
    const behind = connectDatabase(url.href, {
      ...{ applicationName: 'behind', maxConnections: 3, statementTimeoutMs: 1_000 },
    });
    await Promise.all([1, 2, 3].map(() => behind`SELECT pg_sleep(0.2)`));
    assert.equal(way.connections, 3);
    await way.breakWith({ kind: 'halfOpen' });
    await way.heal();

    await assert.rejects(behind`SELECT 1`, /timeout/);
    assert.deepEqual([...(await behind`SELECT 1 AS one`)], [{ one: 1 }]);
    assert.deepEqual([...(await behind.transaction((tx) => tx`SELECT 1 AS one`))], [{ one: 1 }]);
    assert.equal(way.connections, 1);
    await behind.end();
    await way.close();
  });

  it('gives up a server that accepts connections and never answers', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const unanswered = connectDatabase(`postgres://user@127.0.0.1:${port}/any`, { applicationName: 'test' });
    await assert.rejects(unanswered`SELECT 1`, /timeout/);
    await unanswered.end();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
