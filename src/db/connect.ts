import pg from 'pg';
import { hideValues } from './hideValues.js';
import { PreparedStatements } from './preparedStatements.js';
import { Query, type Send } from './query.js';
import { sqlState } from './sqlState.js';
import type { Statement } from './statement.js';
import { TrustedConnections } from './trustedConnections.js';

export { sqlState };

/** A pool, or a transaction of it: a tag for statements, `` db<Row[]>`SELECT … ${value}` ``. */
export type DatabaseSession = <R extends object[] = Record<string, unknown>[]>(
  strings: TemplateStringsArray,
  ...values: unknown[]
) => Query<R>;

/** A part of a statement, used inside another. */
export type Fragment = Query;

export type Transaction = DatabaseSession & {
  /** Runs a script of several statements, without values. */
  script: (text: string) => Promise<void>;
};

export type Database = DatabaseSession & {
  /**
   * Runs `work` in a transaction on one connection: committed when it resolves, rolled back when it rejects. Statements
   * that are not awaited one by one travel together.
   */
  transaction: <T>(work: (tx: Transaction) => Promise<T>, mode?: string) => Promise<T>;
  /** Closes all connections, once what is under way has ended. */
  end: () => Promise<void>;
};

export interface ConnectOptions {
  applicationName: string;
  maxConnections?: number;
  /**
   * Keeps the plans of statements in transactions, for who sends the same ones again and again. Called once if the server
   * has no use for it: then each is planned anew.
   */
  prepare?: { onGivenUp: (error: unknown) => void };
  /** After how many milliseconds a statement is given up: by PostgreSQL, and soon after by this side too. */
  statementTimeoutMs?: number;
  /** After how many milliseconds without a statement a transaction is ended by PostgreSQL; 0: never. */
  silentTransactionMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** What PostgreSQL answers every statement after one that failed. */
const IN_FAILED_TRANSACTION = '25P02';
/** How much later than PostgreSQL this side gives a statement up: then the connection is dead, and is dropped. */
const DEAD_CONNECTION_MS = 2_000;

/**
 * Nobody tells PostgreSQL that a machine was lost or frozen: what a transaction from there has locked would be locked for hours,
 * and rows of the outbox be passed over meanwhile. Who holds one open for longer says so.
 */
const SILENT_TRANSACTION_MS = 30_000;
/** Has PostgreSQL ask once a minute whether this side is still there, instead of every two hours, before it keeps a slot for it. */
const KEEPALIVES = '-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10';

/**
 * Opens a pool to the Flagsmith database; connections are made when first used. Sessions speak UTC, so that no
 * timestamp's text depends on a server setting. The caller ends the pool.
 */
export function connectDatabase(databaseUrl: string, options: ConnectOptions): Database {
  const { statementTimeoutMs } = options;
  const pool = new pg.Pool({
    connectionString: withLibpqsTls(databaseUrl),
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    options: `-c TimeZone=UTC ${KEEPALIVES}`,
    pipeline: true,
    idle_in_transaction_session_timeout: options.silentTransactionMs ?? SILENT_TRANSACTION_MS,
    ...(statementTimeoutMs === undefined
      ? {}
      : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + DEAD_CONNECTION_MS }),
  });
  // A connection that breaks while nobody uses it is replaced when next needed.
  pool.on('error', ignore);
  const connections = new TrustedConnections(pool);
  const prepared = options.prepare && new PreparedStatements(options.prepare.onGivenUp);

  return Object.assign(tag(sendAlone(connections)), {
    transaction: <T>(work: (tx: Transaction) => Promise<T>, mode = '') =>
      inTransaction(connections, prepared, mode, work),
    end: () => pool.end(),
  });
}

/**
 * `sslmode` as libpq has it, and with it Flagsmith: `require` encrypts, `verify-full` also checks the certificate and the name
 * in it. Left to itself the driver takes the one for the other, and will not in its next release.
 */
const withLibpqsTls = (url: string): string =>
  url.includes('sslmode=') && !url.includes('uselibpqcompat=') ? `${url}&uselibpqcompat=true` : url;

const sendAlone =
  (connections: TrustedConnections): Send =>
  async ({ text, values }) => {
    const client = await connections.take();
    client.on('error', ignore);
    try {
      const answer = await client.query(text, values);
      giveBack(client);
      return answer;
    } catch (error) {
      connections.heed(error);
      giveBack(client, true);
      throw hideValues(error);
    }
  };

async function inTransaction<T>(
  connections: TrustedConnections,
  prepared: PreparedStatements | undefined,
  mode: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await connections.take();
  // A connection that breaks rejects the statements on it; that is how it is told.
  client.on('error', ignore);
  const failures: unknown[] = [];
  const noting = async <A>(answer: Promise<A>) => {
    try {
      return await answer;
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  const send = ({ text, values }: Statement) => {
    const name = prepared?.nameOf(text);
    return noting(client.query({ text, values, ...(name !== undefined && { name }) }));
  };
  try {
    await client.query(`BEGIN ${mode}`);
    // Of several statements, which have no plan.
    const script = async (text: string) => {
      await noting(client.query(text));
    };
    const result = await work(Object.assign(tag(send), { script }));
    await client.query('COMMIT');
    giveBack(client);
    return result;
  } catch (error) {
    for (const failure of [error, ...failures]) connections.heed(failure);
    const rolledBack = await client.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    const isSpoilt = failures.some((failure) => prepared?.areSpoiltBy(failure));
    giveBack(client, !rolledBack || isSpoilt);
    // Of statements that travel together those after the failed one fail too, and may be heard first.
    throw hideValues(sqlState(error) === IN_FAILED_TRANSACTION ? failures[0] : error);
  }
}

function giveBack(client: pg.PoolClient, isBroken = false): void {
  client.off('error', ignore);
  client.release(isBroken);
}

const tag =
  (send: Send): DatabaseSession =>
  (strings, ...values) =>
    Query.fromTemplate(strings, values, send);

const ignore = () => undefined;
