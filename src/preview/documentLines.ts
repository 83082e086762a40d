import type { Database } from '../db/connect.js';
import { listEnvironmentIds } from '../db/environmentList.js';
import type { JsonObject } from '../document/attributeJson.js';
import { type EnvironmentLook, lookAtEnvironment, type LookOptions } from './environmentLook.js';
import { showItems, type ShowOptions } from './shownItems.js';

/** What would be written of one environment now. */
export interface DocumentLine {
  environment_id: number;
  /** False where the project does not use DynamoDB, or there is no table for its documents. */
  written: boolean;
  /** What the write would wait for first, in words. */
  seeding: string[];
  /** Why no document can be made of the rows: table, row and rule. */
  error: string | null;
  /** The item of the table keyed by `api_key`, of the rows as they are, whatever `seeding` says; null without one. */
  v1: JsonObject | null;
  /** The item of the table keyed by `environment_id`. */
  v2: JsonObject | null;
}

export type DocumentOptions = LookOptions & ShowOptions;

/** Which environments: one, all of a project, or all there are. Deleted ones are none. */
export type Selection = { environmentId: number } | { projectId: number } | 'all';

/**
 * What would be written now, one environment after the other by id, each of a snapshot of its own: nothing stays open
 * meanwhile, and memory holds one environment, however many there are. A fault in one environment's rows is told in its
 * line; a fault of the database is thrown.
 */
export async function* documentLines(
  db: Database,
  selection: Selection,
  options: DocumentOptions,
): AsyncGenerator<DocumentLine> {
  for await (const environmentId of selectedIds(db, selection)) {
    const look = await lookAtEnvironment(db, environmentId, options);
    // It may have been deleted since it was listed.
    if (look) yield toLine(look, options);
  }
}

const selectedIds = (db: Database, selection: Selection): AsyncIterable<number> | number[] => {
  if (selection === 'all') return listEnvironmentIds(db);
  return 'projectId' in selection ? listEnvironmentIds(db, selection.projectId) : [selection.environmentId];
};

function toLine({ rows, written, seeding }: EnvironmentLook, options: ShowOptions): DocumentLine {
  // Unreadable rows do no harm where nothing is made of them.
  const items = written.v1 ? showItems(rows, options) : { v1: null, v2: null, error: null };
  return {
    environment_id: rows.environment.id,
    written: written.v1,
    seeding,
    error: items.error,
    v1: items.v1,
    v2: written.v2 ? items.v2 : null,
  };
}
