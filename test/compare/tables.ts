import { type AttributeValue, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { inUnorderedSnapshot } from '../../src/db/snapshot.js';
import { buildDocument } from '../../src/document/buildDocument.js';
import { buildItems, type DocumentItems } from '../../src/document/items.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { type ScenarioEnvironment } from '../document/scenarios.js';
import { dynamoClient } from '../support/servers.js';
import type { TestDatabase } from '../support/database.js';

export type Item = Record<string, AttributeValue>;

export interface ComparedTables {
  dynamo: DynamoDBClient;
  flagsmith: { v1: string; v2: string };
  ours: { v1: string; v2: string };
  /** Puts items into one side's tables, each that is given. */
  put(side: 'flagsmith' | 'ours', items: Partial<Record<'v1' | 'v2', Item | null>>): Promise<void>;
}

/** Flagsmith's tables and the shadow ones, of the calling `describe`'s own. */
export function useComparedTables(name: string): ComparedTables {
  const flagsmith = { v1: `${name}_environments`, v2: `${name}_environments_v2` };
  const ours = { v1: `${flagsmith.v1}_shadow`, v2: `${flagsmith.v2}_shadow` };
  const tables = { flagsmith, ours } as ComparedTables;
  before(async () => {
    tables.dynamo = await dynamoClient();
    for (const { v1, v2 } of [flagsmith, ours])
      await createEnvironmentTables(tables.dynamo, { environments: v1, environmentsV2: v2 });
  });
  after(() => {
    tables.dynamo.destroy();
  });
  tables.put = async (side, items) => {
    for (const version of ['v1', 'v2'] as const) {
      const item = items[version];
      if (item)
        await tables.dynamo.send(new PutItemCommand({ TableName: tables[side][version], Item: item }));
    }
  };
  return tables;
}

/** What a write would put now. */
export const itemsNow = (
  { db }: TestDatabase,
  environmentId: number,
  compress: boolean,
): Promise<DocumentItems> =>
  inUnorderedSnapshot(db, async (tx, { asOf }) => {
    const rows = await readEnvironmentRows(tx, environmentId, asOf);
    return buildItems(buildDocument(rows!), { compress });
  });

/** What Flagsmith was recorded to put. */
export const recordedItems = (environment: ScenarioEnvironment, compressed: boolean) => ({
  v1: toItem(compressed ? environment.v1_compressed : environment.v1),
  v2: toItem(compressed ? environment.v2_compressed : environment.v2),
});

const toItem = (json: Record<string, unknown> | null): Item | null =>
  json && (fromTypedJson({ M: json }) as { M: Item }).M;

/** Binaries are in base64 there. */
function fromTypedJson(value: unknown): unknown {
  const [[type, inner]] = Object.entries(value as object) as [[string, unknown]];
  if (type === 'B') return { B: Buffer.from(inner as string, 'base64') };
  if (type === 'L') return { L: (inner as unknown[]).map(fromTypedJson) };
  if (type !== 'M') return value;
  return {
    M: Object.fromEntries(Object.entries(inner as object).map(([k, v]) => [k, fromTypedJson(v)])),
  };
}

export async function allOf<T>(given: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of given) all.push(one);
  return all;
}
