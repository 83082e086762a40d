import type { Database, DatabaseSession, Transaction as Session } from '../../../src/db/connect.js';
import type { Scheduler } from '../scheduler.js';
import { ConnectionLostError, type PostgresServer, type SnapshotView, type Transaction } from './server.js';
import { Statement } from './statement.js';
import { type Answer, execute, type Surroundings } from './statements.js';

/** How long PostgreSQL, and the way to it, take. */
export interface PostgresTimes {
  statementMs(): number;
  commitMs(): number;
  /** The connection breaks before this statement or commit arrives. */
  breaks(): boolean;
  /** A commit was on its way when its process died. */
  arrivesAllTheSame(): boolean;
}

/** The connections of one process. */
export interface Connections {
  db: Database;
  /** The process is gone: what it had under way is rolled back, but for commits that were on their way already. */
  disconnect(): void;
}

/** The product's `Database` on the simulated server, for one process. */
export function openDatabase(
  server: PostgresServer,
  scheduler: Scheduler,
  times: PostgresTimes,
  { hasGuard }: { hasGuard: boolean },
): Connections {
  /** With whether its commit is on its way. */
  const open = new Map<Transaction, boolean>();

  const surroundingsOf = (transaction: Transaction, snapshot?: SnapshotView): Surroundings => ({
    state: snapshot?.state ?? transaction.view,
    nowMs: scheduler.nowMs,
    snapshot: snapshot ?? server.snapshot(),
    transaction,
    nextRowId: () => server.nextRowId(),
    showsSeeding: hasGuard,
  });

  const autocommit = (statement: Statement) =>
    new Promise<object[]>((resolve, reject) => {
      arrive('statement', times.statementMs(), reject, () => {
        const transaction = server.begin();
        transaction.requireConnection();
        const { rows } = execute(statement, surroundingsOf(transaction));
        transaction.commit();
        if (transaction.xid === undefined) resolve(rows);
        else
          answer('is told of the commit', times.commitMs() / 4, () => {
            resolve(rows);
          });
      });
    });

  /** @param happen where it throws, the client is told; the same where the connection breaks before */
  function arrive(
    label: string,
    delayMs: number,
    reject: (error: unknown) => void,
    happen: () => void,
  ): void {
    const isBroken = times.breaks();
    scheduler.after(delayMs, scheduler.current, label, () => {
      try {
        if (isBroken) throw new ConnectionLostError('Connection terminated unexpectedly');
        happen();
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) scheduler.fail(error);
        reject(error);
      }
    });
  }

  const answer = (label: string, delayMs: number, happen: () => void) =>
    scheduler.after(delayMs, scheduler.current, label, happen);

  async function inTransaction<T>(work: (tx: Session) => Promise<T>, mode = ''): Promise<T> {
    const transaction = server.begin();
    open.set(transaction, false);
    const isSnapshot = mode.includes('REPEATABLE READ');
    let snapshot: SnapshotView | undefined;
    let waiting: { statement: Statement; resolve: (rows: object[]) => void; reject: (e: unknown) => void }[] =
      [];

    function sendWaiting(delayMs: number): void {
      const sent = waiting;
      const fail = (error: unknown) => {
        waiting = [];
        for (const { reject } of sent) reject(error);
      };
      arrive('statement', delayMs, fail, () => {
        waiting = [];
        transaction.requireConnection();
        if (isSnapshot) snapshot ??= server.snapshot();
        while (sent.length > 0) {
          const next = sent[0] as (typeof sent)[0];
          const { rows, isBlocked }: Answer = execute(next.statement, surroundingsOf(transaction, snapshot));
          if (isBlocked) {
            waiting = sent;
            const waiter = scheduler.current;
            server.waitForLock(() => {
              scheduler.as(waiter, () => {
                sendWaiting(LOCK_TAKEN_MS);
              });
            });
            return;
          }
          sent.shift();
          next.resolve(rows);
        }
      });
    }

    const send = (statement: Statement): Promise<object[]> => {
      // One snapshot gives the same answers whenever it is asked.
      if (snapshot) {
        try {
          transaction.requireConnection();
          return Promise.resolve(execute(statement, surroundingsOf(transaction, snapshot)).rows);
        } catch (error) {
          const failure = error as Error;
          if (!(failure instanceof ConnectionLostError)) scheduler.fail(failure);
          return Promise.reject(failure);
        }
      }
      return new Promise((resolve, reject) => {
        // Statements that are not awaited one by one travel together.
        if (waiting.push({ statement, resolve, reject }) === 1) sendWaiting(times.statementMs());
      });
    };

    try {
      const result = await work(Object.assign(tag(send), { script: refuse }));
      open.set(transaction, true);
      await new Promise<void>((resolve, reject) => {
        arrive('commit', times.commitMs(), reject, () => {
          open.delete(transaction);
          transaction.commit();
          if (transaction.xid === undefined) resolve();
          else answer('is told of the commit', times.commitMs() / 4, resolve);
        });
      });
      return result;
    } catch (error) {
      open.delete(transaction);
      transaction.rollback();
      throw error;
    }
  }

  function disconnect(): void {
    for (const [transaction, isCommitting] of open)
      if (
        isCommitting &&
        server.isUp &&
        times.arrivesAllTheSame() &&
        transaction.incarnation === server.incarnation
      )
        transaction.commit();
      else transaction.rollback();
    open.clear();
  }

  const db = Object.assign(tag(autocommit), { transaction: inTransaction, end: () => Promise.resolve() });
  return { db, disconnect };
}

const LOCK_TAKEN_MS = 1;

const tag = (send: (statement: Statement) => Promise<object[]>): DatabaseSession =>
  ((strings: TemplateStringsArray, ...values: unknown[]) =>
    new Statement(strings, values, send)) as unknown as DatabaseSession;

const refuse = (): Promise<never> => Promise.reject(new Error('No scripts here.'));
