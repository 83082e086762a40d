import type { Sql } from 'postgres';

export interface RecordedChange {
  project_id: number | null;
  environment_id: number | null;
  source: string;
}

/** Takes out of the outbox what the triggers have put there, oldest first. */
export async function recordedChanges(sql: Sql): Promise<RecordedChange[]> {
  const changes = await sql<(RecordedChange & { id: string })[]>`
    DELETE FROM document_sync.outbox RETURNING id, project_id, environment_id, source`;
  return [...changes]
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map(({ project_id, environment_id, source }) => ({ project_id, environment_id, source }));
}
