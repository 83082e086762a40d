import postgres from 'postgres';

export type Database = postgres.Sql;
/** A pool, or a transaction of it: whatever statements can be sent through. */
export type DatabaseSession = postgres.Sql | postgres.TransactionSql;

export interface ConnectOptions {
  applicationName: string;
  maxConnections?: number;
  /** After how many milliseconds PostgreSQL gives up a statement of this pool. */
  statementTimeoutMs?: number;
}

/**
 * Opens a pool to the Flagsmith database; connections are made when first used. Sessions speak UTC, so that no
 * timestamp's text depends on a server setting. The caller ends the pool.
 */
export function connectDatabase(databaseUrl: string, options: ConnectOptions): Database {
  return postgres(databaseUrl, {
    max: options.maxConnections ?? 10,
    connect_timeout: 5,
    idle_timeout: 60,
    onnotice: () => undefined,
    connection: {
      application_name: options.applicationName,
      TimeZone: 'UTC',
      ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
    },
  });
}

/** PostgreSQL's error code (SQLSTATE) where the error came from the server. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof postgres.PostgresError ? error.code : undefined;
