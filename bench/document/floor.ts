import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import type { Database, Transaction } from '../../src/db/connect.js';
import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { Query } from '../../src/db/query.js';
import { inSnapshot } from '../../src/db/snapshot.js';
import type { EncodedDocument } from '../../src/document/encodeDocument.js';

interface Statement {
  text: string;
  values: unknown[];
}

/** What no way of making a document can go below: its rows must be fetched, and its JSON compressed. */
export interface Floor {
  /** How many rows the product itself fetched. */
  expectedRows: number;
  /** Fetches what the product's statements give, and throws it away; gives how many rows there were. */
  fetch(): Promise<number>;
  /** How many bytes the product's two compressed parts have. */
  expectedBytes: number;
  /** Compresses the finished JSON of both parts; gives how many bytes there were. */
  compress(): number;
  end(): Promise<void>;
}

/**
 * The product's own statements, noted once and then sent as bare text on one connection: same driver, same kind of
 * transaction, same round trips; but nothing composes statements, renames what is in rows, or keeps them.
 */
export async function openFloor(
  databaseUrl: string,
  environmentId: number,
  { v1 }: EncodedDocument,
): Promise<Floor> {
  const client = new pg.Client({ connectionString: databaseUrl, options: '-c TimeZone=UTC', pipeline: true });
  await client.connect();
  const { mode, awaited, together, rows: expectedRows } = await noteStatements(client, environmentId);
  const compressed = [v1['project'], v1['feature_states']].map((part) => part?.B ?? new Uint8Array());
  const parts = compressed.map((part) => gunzipSync(part));

  return {
    expectedRows,
    expectedBytes: compressed.reduce((bytes, part) => bytes + part.byteLength, 0),
    fetch: async () => {
      let rows = 0;
      const run = async ({ text, values }: Statement) => {
        const answer = await client.query(text, values);
        rows += answer.rows.length;
      };
      await client.query(`BEGIN ${mode}`);
      for (const statement of awaited) await run(statement);
      await Promise.all(together.map(run));
      await client.query('COMMIT');
      return rows;
    },
    compress: () => parts.reduce((bytes, part) => bytes + gzipSync(part, { level: 9 }).byteLength, 0),
    end: () => client.end(),
  };
}

interface Noted {
  mode: string;
  /** Those of the snapshot: each waits for the one before. */
  awaited: Statement[];
  /** Those of the rows: none waits for another. */
  together: Statement[];
  /** How many rows all of them gave. */
  rows: number;
}

/** Lets the product read once, through a connection that notes what is sent. */
async function noteStatements(client: pg.Client, environmentId: number): Promise<Noted> {
  const noted: Noted = { mode: '', awaited: [], together: [], rows: 0 };
  let statements = noted.awaited;
  const tag: Database = Object.assign(
    <R extends object[]>(strings: TemplateStringsArray, ...values: unknown[]) =>
      Query.fromTemplate<R>(strings, values, async ({ text, values: parameters }) => {
        statements.push({ text, values: parameters });
        const answer = await client.query(text, parameters);
        noted.rows += answer.rows.length;
        return answer;
      }),
    {
      transaction: async <T>(work: (tx: Transaction) => Promise<T>, mode = ''): Promise<T> => {
        noted.mode = mode;
        await client.query(`BEGIN ${mode}`);
        const result = await work(Object.assign(tag, { script: notExpected }));
        await client.query('COMMIT');
        return result;
      },
      end: notExpected,
    },
  );
  await inSnapshot(tag, (tx, { asOf }) => {
    statements = noted.together;
    return readEnvironmentRows(tx, environmentId, asOf);
  });
  return noted;
}

const notExpected = () => Promise.reject(new Error('A read neither runs scripts nor closes the database.'));
