import postgres from 'postgres';
import { TABLE_NAMES } from '../../../test/properties/tables.js';
import { PgoutputReader, type WalMessage, type WalRow } from './pgoutput.js';

/** A transaction that was committed, with what it did to rows that documents are made of. */
export interface Commit {
  transactionId: number;
  /** When its commit was written to the WAL: UTC text, microseconds. */
  committedAt: string;
  /** What it said itself, by `said`; product code says nothing. */
  said: Said | undefined;
  changes: RowChange[];
}

/** What an actor says inside its transaction, to be told with its commit. */
export interface Said {
  /** Transactions of one actor follow each other: each begins when the one before is visible to all. */
  actor: string;
  /** What it did, for a trace. */
  doing: string;
  /** A creator that sets no flag is half-way from the commit that says `begins` to the one that says `ends`. */
  halfMade?: 'begins' | 'ends';
}

export interface RowChange {
  kind: 'insert' | 'update' | 'delete';
  table: string;
  row: WalRow;
}

export interface CommitReader {
  /** What was committed since the last call, in the order of the WAL. */
  next(): Promise<Commit[]>;
  /** Gives up the slot. */
  close(): Promise<void>;
}

const NAME = 'proof';
const PREFIX = 'proof';

/** As the first statement of an actor's transaction. */
export const saying = (said: Said): string =>
  `SELECT pg_logical_emit_message(true, '${PREFIX}', '${JSON.stringify(said).replaceAll("'", "''")}')`;

/**
 * Follows what is committed from now on, by logical decoding: a server with `wal_level = logical`. Nothing is seen before it is
 * durable, nothing twice and nothing is left out, also over crashes and restarts of the server.
 *
 * @param databaseUrl of a superuser
 */
export async function followCommits(databaseUrl: string): Promise<CommitReader> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined, connection: { TimeZone: 'UTC' } });
  const slot = `${NAME}_${new URL(databaseUrl).pathname.slice(1)}`;
  await sql.unsafe(`CREATE PUBLICATION ${NAME} FOR TABLE ${TABLE_NAMES.join(', ')}`);
  await sql`SELECT pg_create_logical_replication_slot(${slot}, 'pgoutput')`;
  const reader = new PgoutputReader();
  return {
    async next() {
      const rows = await sql<{ data: Buffer }[]>`
        SELECT data FROM pg_logical_slot_get_binary_changes(${slot}, NULL, NULL,
          'proto_version', '1', 'publication_names', ${NAME}, 'messages', 'true')`;
      return commitsOf(rows.flatMap(({ data }) => reader.read(data) ?? []));
    },
    async close() {
      await sql`SELECT pg_drop_replication_slot(${slot})`;
      await sql.end();
    },
  };
}

function commitsOf(messages: WalMessage[]): Commit[] {
  const commits: Commit[] = [];
  for (const message of messages) {
    if (message.kind === 'begin') {
      const { transactionId, committedAt } = message;
      commits.push({ transactionId, committedAt, said: undefined, changes: [] });
      continue;
    }
    const commit = commits.at(-1);
    if (!commit) throw new Error('pgoutput told of a row outside a transaction.');
    if (message.kind === 'said') {
      if (message.prefix === PREFIX) commit.said = JSON.parse(message.text) as Said;
    } else if (message.kind !== 'commit') commit.changes.push(message);
  }
  return commits.filter(({ changes }) => changes.length > 0);
}
