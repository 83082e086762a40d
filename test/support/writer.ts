import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { SyncDeps } from '../../src/activities/deps.js';
import { isSeeding } from '../../src/activities/isSeeding.js';
import { writeDocument } from '../../src/activities/writeDocument.js';
import { createEvents } from '../../src/telemetry/events.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import type { IsSeedingInput, SeedingLook, WriteInput, WriteOutcome } from '../../src/workflows/contract.js';
import { toTemporalLogger } from '../../src/telemetry/logger.js';
import type { TestSystem } from './system.js';
import { logger } from './temporal.js';

/** Where an activity can be called directly; what the SDK logs goes where workers' logs go. */
export const mockActivity = (info: Partial<Info> = {}) =>
  new MockActivityEnvironment(info, { logger: toTemporalLogger(logger) });

/** The sync's activities on real servers, called directly; `deps` may be changed between calls. */
export interface Writer {
  deps: SyncDeps;
  /** What was logged: one entry an event. */
  events: { level: string; event: string; fields: object }[];
  isSeeding(input: IsSeedingInput): Promise<SeedingLook>;
  write(input: WriteInput): Promise<WriteOutcome>;
  /** Value of `flagsmith_environment_document_writes_total`. */
  writes(result: 'success' | 'failure'): Promise<number | undefined>;
}

export function createWriter(system: TestSystem, overrides: Partial<SyncDeps> = {}): Writer {
  const events: Writer['events'] = [];
  const record = (level: string) => (event: string, fields: object) =>
    void events.push({ level, event, fields });
  const deps: SyncDeps = {
    db: system.database.db,
    dynamo: system.dynamo,
    tables: system.tables,
    identitiesTable: undefined,
    compression: 'on',
    seedingPolicy: { inferenceWindowMs: 60_000 },
    metrics: createMetrics(
      () => Promise.resolve({ rows: 0, oldestSeconds: 0 }),
      () => Promise.resolve(false),
      () => Promise.resolve({ environments: 0, oldestSeconds: 0 }),
    ),
    events: createEvents({ info: record('info'), warn: record('warn'), error: record('error') }),
    ...overrides,
  };
  return {
    deps,
    events,
    isSeeding: (input) => mockActivity().run(() => isSeeding(deps, input)),
    write: (input) => mockActivity().run(() => writeDocument(deps, input)),
    async writes(result) {
      const { values } = await deps.metrics.flagsmith_environment_document_writes_total.get();
      return values.find(({ labels }) => labels.result === result)?.value;
    },
  };
}

export type StoredItem = Record<string, AttributeValue>;

/** The environment's items as readers get them; undefined where there is none. */
export async function storedItems(
  system: TestSystem,
  environmentId: number,
): Promise<{ v1: StoredItem | undefined; v2: StoredItem | undefined }> {
  const [environment] = await system.database.sql<{ api_key: string }[]>`
    SELECT api_key FROM environments_environment WHERE id = ${environmentId}`;
  const get = async (table: string, key: StoredItem) =>
    (await system.dynamo.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
  return {
    v1: await get(system.tables.v1, { api_key: { S: environment!.api_key } }),
    v2: await get(system.tables.v2, {
      environment_id: { S: String(environmentId) },
      document_key: { S: '_META' },
    }),
  };
}

/**
 * What DynamoDB charges for putting these items in place of others, told by itself: not every server counts the writes of
 * an index, and one that does counts none where nothing changes.
 */
export async function chargeOfPuts(
  { dynamo, tables }: TestSystem,
  { v1, v2 }: { v1: StoredItem | undefined; v2: StoredItem | undefined },
): Promise<number> {
  const put = async (table: string, item: StoredItem) => {
    await dynamo.send(new PutItemCommand({ TableName: table, Item: { ...item, name: { S: 'other' } } }));
    const command = new PutItemCommand({ TableName: table, Item: item, ReturnConsumedCapacity: 'TOTAL' });
    return (await dynamo.send(command)).ConsumedCapacity!.CapacityUnits!;
  };
  return (await put(tables.v1, v1!)) + (await put(tables.v2, v2!));
}

/** A client of which `before` is awaited before each put reaches the server; it may throw in the put's place. */
export function withPuts(
  client: DynamoDBClient,
  before: (put: PutItemCommand) => Promise<void> | void,
): DynamoDBClient {
  return new Proxy(client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property) as unknown;
      return async (command: PutItemCommand, options: { abortSignal: AbortSignal }) => {
        if (command instanceof PutItemCommand) await before(command);
        return await target.send(command, options);
      };
    },
  });
}

type Send = (command: object) => Promise<object>;

/** A client whose requests go through `around`, which may send others, or none. */
export function withSends(
  client: DynamoDBClient,
  around: (command: object, send: Send) => Promise<object>,
): DynamoDBClient {
  return new Proxy(client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property) as unknown;
      return (command: object, options?: object) =>
        around(command, (sent) =>
          (target.send as (...args: object[]) => Promise<object>).call(target, sent, options ?? {}),
        );
    },
  });
}
