import { type Database, type DatabaseSession, sqlState } from './connect.js';

/** A moment of the database's history that all reads of one transaction share. */
export interface Snapshot {
  /** Which PostgreSQL cluster this is: its system identifier. */
  source: string;
  /** Sorts as text as the snapshots' moments do: timeline, epoch, version, `asOf`, each of fixed width. */
  order: string;
  /** The only "now" for what is live: UTC, microseconds, `2026-01-31T12:00:00.123456`. */
  asOf: string;
}

interface SnapshotRow {
  source: string;
  timeline: string;
  version: string;
  epoch: number | null;
  as_of: string;
}

/**
 * Runs `read` on one read-only snapshot of the primary.
 *
 * @throws {StandbyError} on a standby: its snapshots lag, and their order means nothing on the primary.
 */
export async function inSnapshot<T>(
  db: Database,
  read: (tx: DatabaseSession, snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  for (;;) {
    const result = await db.transaction(async (tx) => {
      const row = await takeSnapshot(tx);
      return row.epoch === null ? undefined : { value: await read(tx, toSnapshot(row, row.epoch)) };
    }, 'ISOLATION LEVEL REPEATABLE READ READ ONLY');
    if (result) return result.value;
    await beginEpoch(db);
  }
}

/**
 * Runs `read` on one read-only snapshot of whatever server answers, for what is only shown: a standby's may lag, and
 * nothing orders it among others. Takes no right but SELECT, and no schema of ours.
 */
export const inUnorderedSnapshot = <T>(
  db: Database,
  read: (tx: DatabaseSession, snapshot: Pick<Snapshot, 'asOf'>) => Promise<T>,
): Promise<T> =>
  db.transaction(async (tx) => {
    const [now] = await tx<{ asOf: string }[]>`
      SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "asOf"`;
    if (!now) throw new Error('PostgreSQL gave no snapshot.');
    return read(tx, now);
  }, 'ISOLATION LEVEL REPEATABLE READ READ ONLY');

/** The order that a snapshot taken now has. */
export const currentOrder = (db: Database): Promise<Snapshot> =>
  inSnapshot(db, (_tx, snapshot) => Promise.resolve(snapshot));

export class StandbyError extends Error {
  override name = 'StandbyError';
  constructor() {
    super('DATABASE_URL leads to a standby. Documents are written from the primary only: point it there.');
  }
}

async function takeSnapshot(tx: DatabaseSession): Promise<SnapshotRow> {
  // Sent together, in this order. SHOW takes no snapshot, so the query after it still takes the first one.
  const [standby, taken] = await Promise.allSettled([
    tx<{ in_hot_standby: string }[]>`SHOW in_hot_standby`,
    readMoment(tx),
  ]);
  if (standby.status === 'rejected') throw standby.reason;
  if (standby.value[0]?.in_hot_standby !== 'off') throw new StandbyError();
  if (taken.status === 'rejected') explainUnprepared(taken.reason);
  const [row] = taken.value;
  if (!row) throw new Error('PostgreSQL gave no snapshot.');
  return row;
}

/** Asks for what fails on a standby. */
const readMoment = (tx: DatabaseSession) => tx<SnapshotRow[]>`
    SELECT
      (SELECT system_identifier::text FROM pg_control_system()) AS source,
      left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline,
      -- How many transactions had ended: on one running primary it never falls.
      (pg_snapshot_xmax(snapshot)::text::bigint
        - (SELECT count(*) FROM pg_snapshot_xip(snapshot)))::text AS version,
      (SELECT epoch FROM document_sync.alive) AS epoch,
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS as_of
    FROM pg_current_snapshot() AS snapshot`;

function toSnapshot({ source, timeline, version, as_of }: SnapshotRow, epoch: number): Snapshot {
  const order = [timeline, String(epoch).padStart(10, '0'), version.padStart(20, '0'), as_of].join('.');
  return { source, order, asOf: as_of };
}

/**
 * Begins the next epoch, once, whoever asks. The new number is on disk before anyone can see it (synchronous_commit),
 * and it is seen only in an unlogged table, which crash recovery empties: no two recoveries share an epoch.
 */
async function beginEpoch(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx`SET LOCAL synchronous_commit = on`;
    await tx`SELECT epoch FROM document_sync.epoch FOR UPDATE`;
    await tx`
      WITH next AS (
        UPDATE document_sync.epoch SET epoch = epoch + 1
        WHERE NOT EXISTS (SELECT FROM document_sync.alive)
        RETURNING epoch
      )
      INSERT INTO document_sync.alive (epoch) SELECT epoch FROM next`;
  });
}

function explainUnprepared(error: unknown): never {
  const UNDEFINED_TABLE = '42P01';
  if (sqlState(error) === UNDEFINED_TABLE)
    throw new Error('This database is not prepared: run `envsync migrate` first.', { cause: error });
  throw error;
}
