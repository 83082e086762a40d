import assert from 'node:assert/strict';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import type { LiveSystem } from './liveSystem.js';
import type { Rounds } from './samples.js';
import { storedOrder, untilMarked } from './stored.js';

/** How single changes are measured: with nothing else under way, the workflow of the one before ended too. */
export const quietly = (rounds: number): Rounds => ({ rounds, warmUp: 10, restMs: 150 });

/** An environment of the generated data. */
export interface BenchEnvironment {
  id: number;
  projectId: number;
  apiKey: string;
}

/** Commits an audit row of the environment, or of its whole project. */
export async function insertAuditRow(
  { db }: LiveSystem,
  { projectId, id }: { projectId: number; id: number | null },
): Promise<void> {
  await db`
    INSERT INTO public.audit_auditlog
      (created_date, log, project_id, environment_id, related_object_type, is_system_event)
    VALUES (now(), 'changed', ${projectId}, ${id}, 'FEATURE_STATE', false)`;
}

/** Lets the product write once; gives what it wrote. */
export async function firstDocument(system: LiveSystem, environment: BenchEnvironment): Promise<DynamoItem> {
  await insertAuditRow(system, environment);
  await untilMarked(system.dynamo, system.tables.v1, keyOf(environment), (order) => order !== undefined);
  return await readDocument(system, environment);
}

/** From the commit of a change to the document of a later snapshot, in milliseconds. */
export async function changeToDocument(system: LiveSystem, environment: BenchEnvironment): Promise<number> {
  const before = await orderOf(system, environment);
  await insertAuditRow(system, environment);
  return await untilWritten(system, environment, before);
}

/** From now to the document of a snapshot later than `before`, in milliseconds. */
export async function untilWritten(
  system: LiveSystem,
  environment: BenchEnvironment,
  before: string | undefined,
): Promise<number> {
  const startedAt = performance.now();
  await untilMarked(system.dynamo, system.tables.v1, keyOf(environment), (order) => order !== before);
  return performance.now() - startedAt;
}

export const orderOf = (system: LiveSystem, environment: BenchEnvironment): Promise<string | undefined> =>
  storedOrder(system.dynamo, system.tables.v1, keyOf(environment));

export async function readDocument(system: LiveSystem, environment: BenchEnvironment): Promise<DynamoItem> {
  const { Item: item } = await system.dynamo.send(
    new GetItemCommand({ TableName: system.tables.v1, Key: keyOf(environment), ConsistentRead: true }),
  );
  assert.ok(item);
  return item;
}

export const keyOf = ({ apiKey }: BenchEnvironment): DynamoItem => ({ api_key: { S: apiKey } });
