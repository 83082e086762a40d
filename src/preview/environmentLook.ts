import type { Database } from '../db/connect.js';
import { readEnvironmentRows } from '../db/environmentRows.js';
import { inUnorderedSnapshot } from '../db/snapshot.js';
import type { EnvironmentRows } from '../document/rows.js';
import type { DocumentTables } from '../dynamo/documentStore.js';
import { tablesOf } from '../dynamo/putDocument.js';
import { lookAtSeeding } from '../seeding/lookAtSeeding.js';
import type { SeedingPolicy } from '../seeding/seedingVerdict.js';
import { describeReason } from '../workflows/reasons.js';

/** One environment at one moment. */
export interface EnvironmentLook {
  rows: EnvironmentRows;
  /** Which items a write would put. */
  written: { v1: boolean; v2: boolean };
  /** What the write would wait for first, in words; empty without a write. */
  seeding: string[];
}

export interface LookOptions {
  /** As the worker has them; where it has neither, both are taken to be there. */
  tables: DocumentTables;
  seedingPolicy: SeedingPolicy;
}

/**
 * Looks at an environment as a write would right now, and leaves no trace; undefined where there is none (any more). What
 * only two looks can tell to be settled, a single one shows as still arriving.
 */
export const lookAtEnvironment = (
  db: Database,
  environmentId: number,
  { tables, seedingPolicy }: LookOptions,
): Promise<EnvironmentLook | undefined> =>
  inUnorderedSnapshot(db, async (tx, snapshot) => {
    const [verdict, rows] = await Promise.all([
      lookAtSeeding(tx, snapshot, { environmentId }, seedingPolicy),
      readEnvironmentRows(tx, environmentId, snapshot.asOf),
    ]);
    if (!rows) return undefined;
    const { v1, v2 } = tablesOf(rows.project, assumed(tables));
    const written = { v1: v1 !== undefined, v2: v2 !== undefined };
    return { rows, written, seeding: written.v1 ? (verdict?.reasons ?? []).map(describeReason) : [] };
  });

/** Who only wants to look has usually not said what the tables are called. */
const assumed = (tables: DocumentTables): DocumentTables =>
  tables.v1 === undefined && tables.v2 === undefined ? { v1: 'assumed', v2: 'assumed' } : tables;
