import pg from 'pg';

/**
 * Takes away what PostgreSQL quotes of rows and parameters in an error, and a logger would print: keys and values may be
 * among them. What it says without them, and the names of table and constraint, stay.
 */
export function hideValues(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    error.detail = undefined;
    error.where = undefined;
  }
  return error;
}
