import type { Branch, Tree } from '../properties/reference/tree.js';
import { Gzipped } from '../properties/reference/tree.js';
import { Expression, insert } from './rows.js';
import type { ProjectSettings, Stage, StagedEnvironment } from './stage.js';

/** Something that users of Flagsmith do, as another session of the database sees it. */
export interface Action {
  /** How a sentence about it begins. */
  name: string;
  /** Which environments its project has; each is one more to keep up with. */
  on: 'v1' | 'v2' | 'both';
  project?: ProjectSettings;
  replay: (stage: Stage) => Replay;
}

export interface Replay {
  /** What becomes visible together, in this order. Left out are task rows and historical rows, which we do not look at. */
  steps: Step[];
  /** A seeding flag is up until the last step. */
  flagged?: true;
  /** Audit rows: Flagsmith's tasks insert each a second or more after its change, in a transaction of its own. */
  audit?: AuditRow[];
  /** What has to hold of every document that was ever put. Without any only the last one is told to be complete. */
  promises?: WritePromise[];
}

export type Step = string[] | typeof A_SECOND;

/** Flagsmith takes so long over what follows that the audit row of what was before is there first. */
export const A_SECOND = 'a second';

export interface WritePromise {
  environment: number;
  /** Documents that show what the action is about: from the first one on they show all of it. */
  shows: (document: Branch) => boolean;
  /** There are none before the last step began, or before this moment. */
  notBefore?: 'last step' | Date;
}

export const anything = () => true;

/** A member of one of the parts that are compressed, at whatever depth: lists of objects. */
export function partOf(document: Branch, ...path: ['feature_states'] | ['project', 'segments']): Branch[] {
  let tree: Tree = document;
  for (const name of path) {
    const inner: Tree = (tree as Branch)[name]!;
    tree = inner instanceof Gzipped ? inner.content : inner;
  }
  return tree as Branch[];
}

export interface AuditRow {
  project: number;
  /** Null for all of the project. */
  environment: number | null;
  type: 'ENVIRONMENT' | 'FEATURE' | 'FEATURE_STATE' | 'SEGMENT' | 'EF_VERSION' | 'CHANGE_REQUEST';
  skipSignals?: string;
  uuid?: string;
  /** Of a scheduled change: the moment when it went live. */
  wentLiveAt?: Date;
}

export const auditOf = (stage: Stage, type: AuditRow['type'], environment?: StagedEnvironment): AuditRow => ({
  ...{ project: stage.project, environment: environment?.id ?? null, type },
});

/** An audit row, and the environments' `updated_at`, which Flagsmith sets in the same transaction. */
export function auditStatements(row: AuditRow, changedAt: Date | Expression): string[] {
  const created = row.wentLiveAt ?? changedAt;
  const createdSql = created instanceof Expression ? created.text : `'${created.toISOString()}'`;
  const written = insert('audit_auditlog', {
    ...{ project_id: row.project, environment_id: row.environment, related_object_type: row.type },
    ...{ created_date: created, is_system_event: row.wentLiveAt !== undefined },
    ...{ skip_signals: row.skipSignals ?? null, related_object_uuid: row.uuid ?? null },
  });
  if (row.skipSignals !== undefined || row.type === 'CHANGE_REQUEST') return [written];
  const whose = row.environment === null ? `project_id = ${row.project}` : `id = ${row.environment}`;
  return [
    written,
    `UPDATE environments_environment SET updated_at = ${createdSql} WHERE ${whose} AND deleted_at IS NULL`,
  ];
}
