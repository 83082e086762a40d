import type { DatabaseSession } from '../db/connect.js';

export interface OutboxRow {
  id: string;
  organisationId: number | null;
  projectId: number | null;
  /** Null for every environment of the project. */
  environmentId: number | null;
  source: string;
  /** UTC text, microseconds. */
  changedAt: string;
}

/** How far back organisations are told apart: more waits in line behind, whoever it is of. */
const LOOKED_AT = 20_000;

/**
 * Claims rows that are due, for the transaction. Organisations take turns, each with its oldest first: one that changes
 * thousands of environments at a time does not hold back the others. What another relay has claimed is passed over.
 */
export const claimDue = (tx: DatabaseSession, batchSize: number): Promise<OutboxRow[]> => tx<OutboxRow[]>`
  SELECT
    outbox.id,
    turns.organisation_id AS "organisationId",
    outbox.project_id AS "projectId",
    outbox.environment_id AS "environmentId",
    outbox.source,
    to_char(outbox.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "changedAt"
  FROM document_sync.outbox AS outbox
  JOIN (
    SELECT due.id, project.organisation_id,
      row_number() OVER (PARTITION BY project.organisation_id ORDER BY due.due_at, due.id) AS turn
    FROM (
      SELECT id, project_id, due_at FROM document_sync.outbox
      WHERE due_at <= clock_timestamp()
      ORDER BY due_at LIMIT ${LOOKED_AT}
    ) AS due
    LEFT JOIN public.projects_project AS project ON project.id = due.project_id
  ) AS turns ON turns.id = outbox.id
  ORDER BY turns.turn, outbox.due_at
  LIMIT ${batchSize}
  FOR UPDATE OF outbox SKIP LOCKED`;
