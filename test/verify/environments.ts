import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { VerifyDeps } from '../../src/verify/deps.js';
import type { EnvironmentVerification } from '../../src/verify/verification.js';
import { verifyEnvironment } from '../../src/verify/verifyEnvironment.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import type { TestSystem } from '../support/system.js';
import { createWriter, mockActivity, type StoredItem, storedItems, type Writer } from '../support/writer.js';

/** Environments with their documents written, and nothing in the outbox: as after a quiet night. */
export interface QuietEnvironments {
  projectId: number;
  featureIds: number[];
  environmentIds: number[];
  writer: Writer;
  deps: VerifyDeps;
  /** What was asked of syncs; answers are changed here. */
  running: Set<number>;
}

export async function quietEnvironments(
  system: TestSystem,
  count: number,
  overrides: Partial<VerifyDeps> = {},
): Promise<QuietEnvironments> {
  const { sql } = system.database;
  const projectId = await insertProject(sql);
  const featureIds: number[] = [];
  for (const name of ['banner', 'checkout', 'limit'])
    featureIds.push(await insertFeature(sql, projectId, name));
  const running = new Set<number>();
  const writer = createWriter(system, overrides);
  const environmentIds: number[] = [];
  for (let i = 0; i < count; i++) {
    const environmentId = await insertEnvironment(sql, projectId);
    for (const featureId of featureIds)
      await insertFeatureState(sql, environmentId, featureId, `${i} of ${featureId}`);
    await writer.write({ environmentId });
    environmentIds.push(environmentId);
  }
  await settle(system);
  const deps = {
    ...writer.deps,
    isSyncRunning: (id: number) => Promise.resolve(running.has(id)),
    ...overrides,
  };
  return { projectId, featureIds, environmentIds, writer, deps, running };
}

/** As if the relay had handed everything over, and all syncs had ended. */
export const settle = ({ database: { sql } }: TestSystem) => sql`DELETE FROM document_sync.outbox`;

export const verify = (
  deps: VerifyDeps,
  environmentId: number,
  { repair }: { repair: boolean },
): Promise<EnvironmentVerification> =>
  mockActivity().run(() => verifyEnvironment(deps, { environmentId, repair }, AbortSignal.timeout(20_000)));

/** How often each kind of drift was counted, those that never were left out. */
export async function driftCounts({ metrics }: Pick<VerifyDeps, 'metrics'>): Promise<Record<string, number>> {
  const { values } = await metrics.flagsmith_environment_document_drift_total.get();
  return Object.fromEntries<number>(
    values.filter(({ value }) => value > 0).map(({ labels, value }) => [String(labels.kind), value]),
  );
}

/** All that both tables hold, by key, in a form that is equal only for items that are. */
export async function allItems(system: TestSystem): Promise<Map<string, string>> {
  const items = new Map<string, string>();
  for (const table of Object.values(system.tables)) {
    const { Items: found = [] } = await system.dynamo.send(
      new ScanCommand({ TableName: table, ConsistentRead: true }),
    );
    for (const item of found) {
      const { api_key, environment_id, document_key } = item;
      const key = JSON.stringify([table, api_key, environment_id, document_key]);
      items.set(
        key,
        JSON.stringify(
          Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)),
          asBase64,
        ),
      );
    }
  }
  return items;
}

const asBase64 = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;

/** Keys of what was added, removed or changed. */
export const changedKeys = (before: Map<string, string>, after: Map<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));

export type Change = (item: StoredItem) => StoredItem | undefined;

/** Changes an environment's items by hand: behind everybody's back. */
export async function tamper(
  system: TestSystem,
  environmentId: number,
  changes: Partial<Record<'v1' | 'v2', Change>>,
): Promise<void> {
  const items = await storedItems(system, environmentId);
  for (const version of ['v1', 'v2'] as const) {
    const [item, change] = [items[version], changes[version]];
    if (!item || !change) continue;
    await replace(system.dynamo, system.tables[version], item, change(item));
  }
}

async function replace(
  dynamo: DynamoDBClient,
  table: string,
  item: StoredItem,
  changed: StoredItem | undefined,
): Promise<void> {
  if (changed) {
    await dynamo.send(new PutItemCommand({ TableName: table, Item: changed }));
    return;
  }
  const names = item['document_key'] ? ['environment_id', 'document_key'] : ['api_key'];
  const key = Object.fromEntries(names.map((name) => [name, item[name]!]));
  await dynamo.send(new DeleteItemCommand({ TableName: table, Key: key }));
}

export const put = (system: TestSystem, version: 'v1' | 'v2', item: StoredItem) =>
  system.dynamo.send(new PutItemCommand({ TableName: system.tables[version], Item: item }));

export const without =
  (...names: string[]): Change =>
  (item) =>
    Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));

export const withAttributes =
  (attributes: Record<string, AttributeValue>): Change =>
  (item) => ({ ...item, ...attributes });
