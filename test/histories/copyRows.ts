import { pipeline } from 'node:stream/promises';
import type { Cluster } from './cluster.js';

/**
 * Gives a cluster the rows of another one, ours too, as a logical copy does: without unlogged tables, and with
 * everything that was in it replaced.
 */
export async function copyRows(from: Cluster, to: Cluster): Promise<void> {
  const { sql } = from.database;
  const tables = await sql<{ name: string }[]>`
    SELECT format('%I.%I', nspname, relname) AS name
    FROM pg_class AS class JOIN pg_namespace AS schema ON schema.oid = relnamespace
    WHERE nspname IN ('public', 'document_sync') AND relkind = 'r' AND relpersistence = 'p'`;
  await to.database.sql.begin(async (tx) => {
    await tx`SET LOCAL session_replication_role = replica`; // neither triggers nor foreign keys
    await tx.unsafe(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
    for (const { name } of tables) {
      const rows = await sql.unsafe(`COPY ${name} TO STDOUT`).readable();
      await pipeline(rows, await tx.unsafe(`COPY ${name} FROM STDIN`).writable());
    }
    const sequences = await sql<{ name: string; last: string }[]>`
      SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS last
      FROM pg_sequences WHERE last_value IS NOT NULL`;
    for (const { name, last } of sequences) await tx`SELECT setval(${name}::regclass, ${last}::bigint)`;
  });
}
