import pg from 'pg';

/** PostgreSQL's error code (SQLSTATE) where the error came from the server. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;
