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

/** How far back environments are told apart: more waits in line behind, whoever it is of. */
const LOOKED_AT = 20_000;

/**
 * Claims, for the transaction, the changes due of so many environments; a change of a whole project counts as one.
 * Organisations take turns, each with its oldest first: one that changes thousands of environments at a time does not
 * hold back the others. What another relay has claimed is passed over.
 */
export async function claimDue(tx: DatabaseSession, environments: number): Promise<OutboxRow[]> {
  const oldest = await claimOldest(tx, environments);
  return [...oldest, ...(await claimTheirOthers(tx, oldest))];
}

/** Of each environment whose turn it is, the change that waits longest. */
const claimOldest = (tx: DatabaseSession, environments: number): Promise<OutboxRow[]> => tx<OutboxRow[]>`
  WITH due AS (
    SELECT id, project_id, coalesce(environment_id, -project_id) AS whose, due_at FROM document_sync.outbox
    WHERE due_at <= clock_timestamp()
    ORDER BY due_at LIMIT ${LOOKED_AT}
  ), oldest AS (
    SELECT DISTINCT ON (whose) * FROM due ORDER BY whose, due_at, id
  ), turns AS (
    SELECT oldest.id, project.organisation_id,
      row_number() OVER (PARTITION BY project.organisation_id ORDER BY oldest.due_at, oldest.id) AS turn
    FROM oldest LEFT JOIN public.projects_project AS project ON project.id = oldest.project_id
  )
  SELECT ${columns(tx)}, turns.organisation_id AS "organisationId"
  FROM document_sync.outbox AS outbox JOIN turns ON turns.id = outbox.id
  ORDER BY turns.turn, outbox.due_at
  LIMIT ${environments}
  FOR UPDATE OF outbox SKIP LOCKED`;

/** A burst of changes of one environment, or of one project, is to cost one signal each. */
async function claimTheirOthers(tx: DatabaseSession, oldest: OutboxRow[]): Promise<OutboxRow[]> {
  if (oldest.length === 0) return [];
  const organisations = new Map(oldest.map((row) => [whose(row), row.organisationId]));
  const others = await tx<Omit<OutboxRow, 'organisationId'>[]>`
    SELECT ${columns(tx)} FROM document_sync.outbox AS outbox
    WHERE coalesce(environment_id, -project_id) = ANY (${[...organisations.keys()]}::integer[])
      AND due_at <= clock_timestamp()
      AND id <> ALL (${oldest.map(({ id }) => id)}::bigint[])
    ORDER BY due_at LIMIT ${LOOKED_AT}
    FOR UPDATE SKIP LOCKED`;
  return others.map((row) => ({ ...row, organisationId: organisations.get(whose(row)) ?? null }));
}

/** Tells environments and whole projects apart, as `coalesce(environment_id, -project_id)` does. */
const whose = ({ environmentId, projectId }: Pick<OutboxRow, 'environmentId' | 'projectId'>) =>
  environmentId ?? -(projectId ?? 0);

const columns = (tx: DatabaseSession) => tx`
  outbox.id,
  outbox.project_id AS "projectId",
  outbox.environment_id AS "environmentId",
  outbox.source,
  to_char(outbox.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "changedAt"`;
