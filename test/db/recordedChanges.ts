import type { ISql, Sql } from 'postgres';

export interface RecordedChange {
  project_id: number | null;
  environment_id: number | null;
  source: string;
}

/** Takes out of the outbox what the triggers have put there, oldest first; of these sources, where any are named. */
export async function recordedChanges(sql: ISql, ...sources: string[]): Promise<RecordedChange[]> {
  const changes = await sql<(RecordedChange & { id: string })[]>`
    DELETE FROM document_sync.outbox WHERE ${sources.length === 0} OR source = ANY (${sources})
    RETURNING id, project_id, environment_id, source`;
  return [...changes]
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map(({ project_id, environment_id, source }) => ({ project_id, environment_id, source }));
}

/** What the statements record in one transaction, sorted; it is rolled back, so that each call meets the same rows. */
export async function recordedBy(sql: Sql, statements: string): Promise<RecordedChange[]> {
  const rolledBack = new Error('rolled back');
  let changes: RecordedChange[] = [];
  await sql
    .begin(async (tx) => {
      // A function of ours that finds no end fails its test, instead of all of them waiting for it.
      await tx`SET LOCAL statement_timeout = '5s'`;
      await tx`DELETE FROM document_sync.outbox`;
      await tx.unsafe(statements);
      changes = await recordedChanges(tx);
      throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  return changes.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
