import fc from 'fast-check';
import type { TestDatabase } from '../support/database.js';
import { undone } from '../document/flagsmithRows.js';
import { differences } from './differences.js';
import { insertRows } from './insertRows.js';
import { productItems } from './productItems.js';
import { projectPlan, type ProjectPlan } from './projectPlan.js';
import { projectRows } from './rows/projectRows.js';
import { expectedItems } from './reference/expectedItems.js';
import { situationsOf } from './situations.js';
import { TABLE_NAMES, type Tables } from './tables.js';
import { AS_OF } from './values.js';

export interface Run {
  seed: number;
  runs: number;
  /** How long it may take, shrinking included; not to end without a report. */
  timeLimitMs: number;
}

/** PROPERTY_SEED and PROPERTY_RUNS choose other projects than `run`, and how many. */
export const chosenRun = (run: Run, env = process.env): Run => ({
  ...run,
  seed: Number(env['PROPERTY_SEED'] ?? run.seed),
  runs: Number(env['PROPERTY_RUNS'] ?? run.runs),
});

/**
 * Compares the product's documents with the reference's for generated projects.
 *
 * @returns how many environments showed each situation
 * @throws {Error} with the seed, the smallest project found on which they differ, and the difference
 */
export async function compareDocuments(database: TestDatabase, run: Run): Promise<Map<string, number>> {
  const situations = new Map<string, number>();
  const property = fc.asyncProperty(projectPlan, async (plan) => {
    const tables = projectRows(plan);
    const found = await differencesIn(database, tables, plan, situations).catch((error: unknown) => [
      String(error),
    ]);
    if (found.length > 0) throw new Error(failureText(tables, found));
  });
  const result = await fc.check(property, {
    seed: run.seed,
    numRuns: run.runs,
    interruptAfterTimeLimit: run.timeLimitMs,
  });
  if (result.failed)
    throw new Error(
      `PROPERTY_SEED=${run.seed}: project ${result.numRuns} of ${run.runs}, shrunk ${result.numShrinks} times\n` +
        String(result.errorInstance instanceof Error ? result.errorInstance.message : result.errorInstance),
    );
  if (result.interrupted) throw new Error(`only ${result.numRuns} of ${run.runs} projects in the time given`);
  return situations;
}

async function differencesIn(
  { db }: TestDatabase,
  tables: Tables,
  { insertion }: ProjectPlan,
  situations: Map<string, number>,
): Promise<string[]> {
  return undone(db, async (tx) => {
    await insertRows(tx, tables, insertion);
    const all = [];
    for (const { id } of tables.environments_environment) {
      const expected = expectedItems(tables, id, AS_OF);
      const found = differences(expected, await productItems(tx, id, AS_OF));
      all.push(...found.map((difference) => `environment ${id}: ${difference}`));
      for (const situation of situationsOf(tables, id, expected, AS_OF))
        situations.set(situation, (situations.get(situation) ?? 0) + 1);
    }
    return all;
  });
}

const MAX_LINES = 20;

function failureText(tables: Tables, found: string[]): string {
  const rows = TABLE_NAMES.flatMap((name) => tables[name].map((row) => `  ${name} ${rowText(row)}`));
  const more = found.length > MAX_LINES ? [`… and ${found.length - MAX_LINES} more`] : [];
  return ['Rows:', ...rows, 'Differences:', ...found.slice(0, MAX_LINES), ...more].join('\n');
}

const rowText = (row: object): string =>
  JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'string' && value.length > 100 ? `${value.slice(0, 20)}… (${value.length})` : value,
  );
