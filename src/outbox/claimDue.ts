import type { Database, DatabaseSession } from '../db/connect.js';
import { isPaused } from '../db/pausedSyncs.js';

export interface OutboxRow {
  id: string;
  organisationId: number | null;
  projectId: number | null;
  environmentId: number;
  source: string;
  /** UTC text, microseconds. */
  changedAt: string;
}

/** Which part of the outbox: changes of whole projects, or of single environments. */
export interface OutboxPart {
  projectWide: boolean;
}

/** Whose changes are due. */
export interface DueProject {
  projectId: number | null;
  organisationId: number | null;
  /** Some of them concern the whole project. */
  isWhole: boolean;
}

/** How far back environments are told apart: more waits in line behind, whoever it is of. */
const LOOKED_AT = 20_000;

/**
 * A look without a transaction: what is read of Flagsmith's tables is not locked while Temporal is told. What waits for the
 * end of a pause is not due.
 */
export const lookAtDue = (db: Database, { projectWide }: OutboxPart): Promise<DueProject[]> => db<
  DueProject[]
>`
  SELECT due.project_id AS "projectId", project.organisation_id AS "organisationId",
    bool_or(due.environment_id IS NULL) AS "isWhole"
  FROM (
    SELECT project_id, environment_id FROM document_sync.outbox
    WHERE project_wide = ${projectWide} AND due_at <= clock_timestamp() AND NOT ${isPaused(db)}
    ORDER BY due_at LIMIT ${LOOKED_AT}
  ) AS due
  LEFT JOIN public.projects_project AS project ON project.id = due.project_id
  GROUP BY due.project_id, project.organisation_id`;

/**
 * Claims, for the transaction, the changes due of so many environments that are in that part of the outbox, with all else
 * that is due of the same. Organisations take turns, each with its oldest first: one that changes thousands of
 * environments at a time does not hold back the others. What another relay has claimed is passed over.
 *
 * @param projects whose organisations are known; the others' have a turn together
 */
export async function claimDue(
  tx: DatabaseSession,
  part: OutboxPart,
  projects: DueProject[],
  environments: number,
): Promise<OutboxRow[]> {
  const oldest = await claimOldest(tx, part, projects, environments);
  return [...oldest, ...(await claimTheirOthers(tx, oldest))];
}

/** Of each environment whose turn it is, the change that waits longest. */
const claimOldest = (
  tx: DatabaseSession,
  { projectWide }: OutboxPart,
  projects: DueProject[],
  environments: number,
): Promise<OutboxRow[]> => tx<OutboxRow[]>`
  WITH due AS (
    SELECT id, project_id, environment_id, due_at FROM document_sync.outbox
    WHERE project_wide = ${projectWide} AND due_at <= clock_timestamp() AND NOT ${isPaused(tx)}
    ORDER BY due_at LIMIT ${LOOKED_AT}
  ), oldest AS (
    SELECT DISTINCT ON (environment_id) * FROM due
    WHERE environment_id IS NOT NULL
    ORDER BY environment_id, due_at, id
  ), turns AS (
    SELECT oldest.id, organisation_id,
      row_number() OVER (PARTITION BY organisation_id ORDER BY oldest.due_at, oldest.id) AS turn
    FROM oldest
    LEFT JOIN unnest(
      ${projects.map(({ projectId }) => projectId)}::integer[],
      ${projects.map(({ organisationId }) => organisationId)}::integer[]
    ) AS project (id, organisation_id) ON project.id = oldest.project_id
  )
  SELECT ${columns(tx)}, turns.organisation_id AS "organisationId"
  FROM document_sync.outbox AS outbox JOIN turns ON turns.id = outbox.id
  ORDER BY turns.turn, outbox.due_at
  LIMIT ${environments}
  FOR UPDATE OF outbox SKIP LOCKED`;

/** A burst of changes of one environment is to cost one signal. */
async function claimTheirOthers(tx: DatabaseSession, oldest: OutboxRow[]): Promise<OutboxRow[]> {
  if (oldest.length === 0) return [];
  const organisations = new Map(oldest.map((row) => [row.environmentId, row.organisationId]));
  const others = await tx<Omit<OutboxRow, 'organisationId'>[]>`
    SELECT ${columns(tx)} FROM document_sync.outbox AS outbox
    WHERE project_wide = ANY ('{false, true}') AND due_at <= clock_timestamp()
      AND environment_id = ANY (${[...organisations.keys()]}::integer[])
      AND id <> ALL (${oldest.map(({ id }) => id)}::bigint[])
    ORDER BY due_at LIMIT ${LOOKED_AT}
    FOR UPDATE SKIP LOCKED`;
  return others.map((row) => ({ ...row, organisationId: organisations.get(row.environmentId) ?? null }));
}

const columns = (tx: DatabaseSession) => tx`
  outbox.id,
  outbox.project_id AS "projectId",
  outbox.environment_id AS "environmentId",
  outbox.source,
  to_char(outbox.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS "changedAt"`;
