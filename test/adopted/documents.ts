import { setTimeout as delay } from 'node:timers/promises';
import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Sql } from 'postgres';
import { decodeItem } from '../properties/decodeItem.js';
import { itemDifferences } from '../properties/differences.js';
import { readTables } from '../properties/readTables.js';
import { expectedItems, isUnmappable } from '../properties/reference/expectedItems.js';
import type { Branch } from '../properties/reference/tree.js';
import type { Tables } from '../properties/tables.js';
import type { TestSystem } from '../support/system.js';

/** What readers find of one environment; in each table usually one item, and none more than that. */
export interface Contents {
  v1: Branch[];
  v2: Branch[];
}

/** What DynamoDB ought to hold, and where it does not, by environment: of deleted ones it ought to hold nothing. */
export type Comparison = Map<number, { project: number; expected: Contents; differences: string[] }>;

/**
 * Compares what DynamoDB holds with what the database says, by rules that share nothing with what is tested.
 *
 * @param only these environments; all of them unless told
 */
export async function compare(system: TestSystem, only?: Set<number>): Promise<Comparison> {
  const [v1, v2] = await Promise.all([scan(system, system.tables.v1), scan(system, system.tables.v2)]);
  const { tables, now } = await readDatabase(system.database.sql);
  const environments = tables.environments_environment.filter(({ id }) => !only || only.has(id));
  return new Map(
    environments.map(({ id, project_id: project }) => {
      const expected = expectedContents(tables, id, now);
      const differences = [
        ...listDifferences(`environment ${id}, v1`, expected.v1, v1.get(id)),
        ...listDifferences(`environment ${id}, v2`, expected.v2, v2.get(id)),
      ];
      return [id, { project, expected, differences }];
    }),
  );
}

/** Compares until nothing differs, or this long; what was equal once is not looked at again. */
export async function untilEqual(system: TestSystem, withinMs: number): Promise<Comparison> {
  const endsAt = performance.now() + withinMs;
  const comparison = await compare(system);
  for (;;) {
    const differing = [...comparison].filter(([, { differences }]) => differences.length > 0);
    if (differing.length === 0 || performance.now() > endsAt) return comparison;
    await delay(700);
    const again = await compare(system, new Set(differing.map(([id]) => id)));
    for (const [id, environment] of again) comparison.set(id, environment);
  }
}

export const differencesIn = (comparison: Comparison, project: number): string[] =>
  [...comparison.values()]
    .filter((environment) => environment.project === project)
    .flatMap(({ differences }) => differences);

/** What readers find in an item: without what they take no notice of. */
export function contentOf(item: object): Branch {
  const content = decodeItem(item);
  delete content['document_sync'];
  return content;
}

type Item = Record<string, AttributeValue>;

/** All items of a table, by environment. */
async function scan(system: TestSystem, table: string): Promise<Map<number, Item[]>> {
  const items = new Map<number, Item[]>();
  const pages = paginateScan({ client: system.dynamo }, { TableName: table, ConsistentRead: true });
  for await (const { Items = [] } of pages)
    for (const item of Items) {
      const id = Number(item['id']!.N);
      items.set(id, [...(items.get(id) ?? []), item]);
    }
  return items;
}

/** In one snapshot, with its moment. */
async function readDatabase(sql: Sql): Promise<{ tables: Tables; now: string }> {
  const session = await sql.reserve();
  try {
    await session`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`;
    const tables = await readTables(session);
    const [moment] = await session<{ now: string }[]>`
      SELECT to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.US') AS now`;
    await session`COMMIT`;
    return { tables, now: moment!.now };
  } finally {
    session.release();
  }
}

function expectedContents(tables: Tables, environment: number, now: string): Contents {
  const expected = expectedItems(tables, environment, now);
  if (!expected) return { v1: [], v2: [] };
  const { writes, compressed } = expected;
  if (isUnmappable(compressed))
    throw new Error(`environment ${environment}: ${compressed.failures.join(', ')}`);
  return { v1: writes.v1 ? [compressed.v1] : [], v2: writes.v2 ? [compressed.v2] : [] };
}

function listDifferences(name: string, expected: Branch[], found: Item[] = []): string[] {
  if (expected.length !== found.length)
    return [`${name}: expected ${expected.length} items, found ${found.length}`];
  return expected.flatMap((item, i) => itemDifferences(name, item, contentOf(found[i]!)));
}
