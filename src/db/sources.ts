import { type Database, type DatabaseSession, sqlState } from './connect.js';

/** Where the database is, and where `migrate` last said that it lives: PostgreSQL's system identifiers. */
export interface SourceState {
  present: string;
  /** Null in a database that was never told. */
  recorded: string | null;
}

export async function readSourceState(db: DatabaseSession): Promise<SourceState> {
  const [state] = await db<SourceState[]>`
    SELECT
      (SELECT system_identifier::text FROM pg_control_system()) AS present,
      (SELECT source FROM document_sync.accepted_source ORDER BY accepted_at DESC LIMIT 1) AS recorded`.catch(
    explainOldSchema,
  );
  if (!state) throw new Error('PostgreSQL gave no system identifier.');
  return state;
}

/** Records where the database lives, if that was never done. */
export async function recordSource(db: DatabaseSession): Promise<void> {
  await db`
    INSERT INTO document_sync.accepted_source (source)
    SELECT system_identifier::text FROM pg_control_system()
    WHERE NOT EXISTS (SELECT FROM document_sync.accepted_source)
    ON CONFLICT DO NOTHING`;
}

/**
 * Makes the present cluster the successor of all recorded ones, and of `predecessor` where the database came without its
 * records: documents written from them may then be overwritten.
 */
export async function acceptSource(db: Database, predecessor?: string): Promise<void> {
  await db.transaction(async (tx) => {
    if (predecessor !== undefined)
      await tx`
        INSERT INTO document_sync.accepted_source (source, accepted_at) VALUES (${predecessor}, '-infinity')
        ON CONFLICT DO NOTHING`;
    await tx`
      INSERT INTO document_sync.accepted_source (source)
      SELECT system_identifier::text FROM pg_control_system()
      ON CONFLICT (source) DO UPDATE SET accepted_at = clock_timestamp()`;
  });
}

/** Whose items this database may overwrite, besides its own; none where it was not recorded to live here. */
export async function readPredecessors(db: DatabaseSession): Promise<string[]> {
  const predecessors = await db<{ source: string }[]>`
    SELECT source
    FROM (
      SELECT source, first_value(source) OVER (ORDER BY accepted_at DESC) AS recorded
      FROM document_sync.accepted_source
    ) AS accepted, pg_control_system() AS present
    WHERE recorded = present.system_identifier::text AND source <> recorded`.catch(explainOldSchema);
  return predecessors.map(({ source }) => source);
}

function explainOldSchema(error: unknown): never {
  const UNDEFINED_TABLE = '42P01';
  if (sqlState(error) === UNDEFINED_TABLE)
    throw new Error('This database is not prepared for this release: run `envsync migrate` first.', {
      cause: error,
    });
  throw error;
}
