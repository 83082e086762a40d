/** What PostgreSQL's plugin `pgoutput` says of committed transactions, as far as rows are concerned (protocol version 1). */
export type WalMessage =
  | { kind: 'begin'; transactionId: number; committedAt: string }
  | { kind: 'commit' }
  | { kind: 'said'; prefix: string; text: string }
  | { kind: 'insert' | 'update' | 'delete'; table: string; row: WalRow };

/** By column. What an update left alone, and PostgreSQL keeps elsewhere because of its length, is not among them. */
export type WalRow = Record<string, WalValue>;
export type WalValue = string | number | boolean | null;

/** Reads one message after the other; relations are told once, before their first row. */
export class PgoutputReader {
  readonly #relations = new Map<number, Relation>();

  /** Undefined for what is of no concern to rows. */
  read(bytes: Buffer): WalMessage | undefined {
    const cursor = new Cursor(bytes);
    switch (cursor.character()) {
      case 'B':
        return readBegin(cursor);
      case 'C':
        return { kind: 'commit' };
      case 'M':
        return readSaid(cursor);
      case 'R':
        this.#relations.set(cursor.int32(), readRelation(cursor));
        return undefined;
      case 'I':
        return this.#readRow('insert', cursor);
      case 'U':
        return this.#readRow('update', cursor);
      case 'D':
        return this.#readRow('delete', cursor);
      case 'T':
        throw new Error('A table of documents was truncated: of that no state is made.');
      default:
        return undefined;
    }
  }

  #readRow(kind: 'insert' | 'update' | 'delete', cursor: Cursor): WalMessage {
    const relation = this.#relations.get(cursor.int32());
    if (!relation) throw new Error('pgoutput told of a row before its relation.');
    // An update that changed the key, and a delete, tell the old key.
    if (cursor.character() !== 'N' && kind === 'update') {
      readTuple(cursor, relation);
      cursor.character();
    }
    return { kind, table: relation.table, row: readTuple(cursor, relation) };
  }
}

interface Relation {
  table: string;
  columns: { name: string; type: number }[];
}

const MICROSECONDS_TO_2000 = 946_684_800_000_000n;

function readBegin(cursor: Cursor): WalMessage {
  cursor.int64(); // where its commit is
  const committedAt = momentText(cursor.int64() + MICROSECONDS_TO_2000);
  return { kind: 'begin', committedAt, transactionId: cursor.int32() };
}

function readSaid(cursor: Cursor): WalMessage {
  cursor.int8(); // transactional
  cursor.int64();
  const prefix = cursor.text();
  return { kind: 'said', prefix, text: cursor.bytes(cursor.int32()).toString() };
}

function readRelation(cursor: Cursor): Relation {
  cursor.text(); // its schema
  const table = cursor.text();
  cursor.int8(); // its replica identity
  const columns = Array.from({ length: cursor.int16() }, () => {
    cursor.int8(); // part of the key
    const name = cursor.text();
    const type = cursor.int32();
    cursor.int32(); // its modifier
    return { name, type };
  });
  return { table, columns };
}

function readTuple(cursor: Cursor, { columns }: Relation): WalRow {
  const row: WalRow = {};
  const count = cursor.int16();
  for (const { name, type } of columns.slice(0, count)) {
    const form = cursor.character();
    if (form === 'n') row[name] = null;
    else if (form === 't') row[name] = valueOf(cursor.bytes(cursor.int32()).toString(), type);
  }
  return row;
}

const BOOLEAN = 16;
const NUMBERS = [20, 21, 23, 700, 701];
const TIMESTAMP_WITH_ZONE = 1184;

/** As JSON has them; moments as ISO 8601 text in UTC, to the microsecond. */
function valueOf(text: string, type: number): WalValue {
  if (type === BOOLEAN) return text === 't';
  if (NUMBERS.includes(type)) return Number(text);
  return type === TIMESTAMP_WITH_ZONE ? text.replace(' ', 'T').replace(/\+00$/, '+00:00') : text;
}

/** As `Snapshot.asOf`: UTC, microseconds. */
function momentText(microseconds: bigint): string {
  const milliseconds = new Date(Number(microseconds / 1000n)).toISOString().replace('Z', '');
  return milliseconds + String(microseconds % 1000n).padStart(3, '0');
}

class Cursor {
  #at = 0;
  constructor(readonly buffer: Buffer) {}

  character = () => String.fromCharCode(this.int8());
  int8 = () => this.buffer.readInt8(this.#advance(1));
  int16 = () => this.buffer.readInt16BE(this.#advance(2));
  int32 = () => this.buffer.readInt32BE(this.#advance(4));
  int64 = () => this.buffer.readBigInt64BE(this.#advance(8));
  bytes = (length: number) => this.buffer.subarray(this.#advance(length), this.#at);
  /** Up to the next zero byte. */
  text = () => {
    const text = this.bytes(this.buffer.indexOf(0, this.#at) - this.#at).toString();
    this.#advance(1);
    return text;
  };

  #advance(by: number): number {
    const from = this.#at;
    this.#at += by;
    return from;
  }
}
