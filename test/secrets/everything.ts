import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeValue,
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { WorkflowHandle } from '@temporalio/client';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { startFinishSeeding } from '../../src/creation/finishSeeding.js';
import {
  startCloneEnvironment,
  startCreateEnvironment,
  startCreateFeature,
} from '../../src/creation/startCreation.js';
import { type SyncState, syncStatus } from '../../src/workflows/contract.js';
import { startRebuildSweep, startVerifySweep } from '../../src/sweeps/startSweep.js';
import { insertAuditLog, insertFeature, insertFeatureState } from '../support/flagsmithData.js';
import type { TestSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';

export interface Place {
  projectId: number;
  environmentIds: number[];
}

/** What `createFeature` is told to seed with; whoever starts it has them. */
export const INITIAL_VALUES = ['sesame initial value', 'sesame option', 'sesame refused value'] as const;
const [INITIAL_VALUE, OPTION_VALUE, REFUSED_VALUE] = INITIAL_VALUES;
const OPTION = { value: OPTION_VALUE, defaultPercentageAllocation: 30 };

/** Under which only DynamoDB holds an item. */
export const ORPHANED_KEY = 'sesame orphaned key';

/** The project that the most environments of the loaded scenario are in. */
export async function findPlace({ database: { sql } }: TestSystem): Promise<Place> {
  const [place] = await sql<Place[]>`
    SELECT project_id AS "projectId", array_agg(id ORDER BY id) AS "environmentIds" FROM environments_environment
    WHERE deleted_at IS NULL GROUP BY project_id ORDER BY count(*) DESC LIMIT 1`;
  return place!;
}

/** A sync of each environment. */
export async function syncAll(system: TestSystem): Promise<void> {
  for (const { id } of await system.database.sql<{ id: number }[]>`
    SELECT id FROM environments_environment WHERE deleted_at IS NULL`)
    await untilSettled(await sync(system, id));
}

/** Ended, be it in failure, or with nothing to do for now. */
async function untilSettled(handle: WorkflowHandle): Promise<void> {
  const settled: SyncState[] = ['done', 'waiting for a scheduled change', 'timed out', 'refused'];
  while (!settled.includes((await handle.query(syncStatus)).state)) await delay(50);
}

/** Lets each workflow do each thing that it does; those of it that end in failure, and those that fail on their way, too. */
export async function doEverything(system: TestSystem): Promise<void> {
  const place = await findPlace(system);
  await rebuildAll(system);
  await verify(system, place);
  await create(system, place);
  await refuseCreations(system, place);
  await finishSeeding(system, place);
  await failOnTheWay(system, place);
  await schedule(system, place);
  await refuseDocuments(system, place);
  await rebuild(system, place);
  await changeKeyAndDelete(system, place);
}

const targetOf = ({ client, database, taskQueue }: TestSystem) => ({
  client,
  instanceName: database.name,
  taskQueue,
});

async function create(system: TestSystem, { projectId, environmentIds }: Place): Promise<void> {
  const target = targetOf(system);
  const created = await Promise.all([
    startCreateEnvironment(target, { projectId, name: 'created' }, 'created'),
    startCloneEnvironment(target, { sourceEnvironmentId: environmentIds[1]!, name: 'clone' }, 'clone'),
    startCreateFeature(
      target,
      { projectId, name: 'created', initialValue: INITIAL_VALUE, multivariateOptions: [OPTION] },
      'feature',
    ),
  ]);
  await Promise.all(created.map((handle: WorkflowHandle) => handle.result()));
}

/** As a plain client does, whose input nobody has looked at before the worker does. */
async function refuseCreations(system: TestSystem, { projectId }: Place): Promise<void> {
  const inputs = [
    { projectId, name: 'created', initialValue: INITIAL_VALUE }, // There is one of that name.
    { projectId, name: 'a', initialValue: [INITIAL_VALUE] },
    { projectId, name: 'b', multivariateOptions: [{ value: OPTION_VALUE }] },
  ];
  for (const [n, input] of inputs.entries())
    await fails(await start(system, 'createFeature', `no${n}`, input));
}

async function finishSeeding(system: TestSystem, { environmentIds }: Place): Promise<void> {
  const environmentId = environmentIds[0]!;
  await system.database
    .sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentId}`;
  await system.database.sql`
    DELETE FROM features_featurestatevalue WHERE feature_state_id IN (
      SELECT id FROM features_featurestate WHERE environment_id = ${environmentId})`;
  await fails(await sync(system, environmentId)); // The worker's syncs look once.
  await (await startFinishSeeding(targetOf(system), { environmentId })).result();
}

async function failOnTheWay(system: TestSystem, { projectId, environmentIds }: Place): Promise<void> {
  const environment = { projectId, name: 'no' };
  await failAtFirst(system, 'environments_environment', `name <> '${environment.name}' OR is_creating`, () =>
    start(system, 'createEnvironment', 'failing', environment),
  );
  const feature = { projectId, name: 'no', initialValue: REFUSED_VALUE };
  await failAtFirst(system, 'features_featurestatevalue', `string_value <> '${feature.initialValue}'`, () =>
    start(system, 'createFeature', 'failing', feature),
  );

  const { dynamo, tables } = system;
  await dynamo.send(new DeleteTableCommand({ TableName: tables.v2 }));
  const failing = await sync(system, environmentIds[1]!);
  await untilTriedAgain(failing);
  await createEnvironmentTables(dynamo, { environments: tables.v1, environmentsV2: tables.v2 });
  await failing.result();
}

/** With a constraint until it has failed once: PostgreSQL quotes the row that it refuses. */
async function failAtFirst(
  { database: { sql } }: TestSystem,
  table: string,
  check: string,
  begin: () => Promise<WorkflowHandle>,
): Promise<void> {
  await sql.unsafe(`ALTER TABLE ${table} ADD CONSTRAINT refuse CHECK (${check})`);
  const handle = await begin();
  await untilTriedAgain(handle);
  await sql.unsafe(`ALTER TABLE ${table} DROP CONSTRAINT refuse`);
  await handle.result();
}

async function schedule(system: TestSystem, { projectId, environmentIds }: Place): Promise<void> {
  const { sql } = system.database;
  const environmentId = environmentIds[2]!;
  const featureId = await insertFeature(sql, projectId, 'scheduled');
  await insertFeatureState(sql, environmentId, featureId, 'sesame now');
  const stateId = await insertFeatureState(sql, environmentId, featureId, 'sesame then');
  await sql`
    UPDATE features_featurestate SET version = 2, live_from = clock_timestamp() + interval '2 s' WHERE id = ${stateId}`;
  await (await sync(system, environmentId)).result();
}

/** A row that edge servers could not read, and rows that fit into no item. */
async function refuseDocuments(system: TestSystem, { projectId, environmentIds }: Place): Promise<void> {
  const { sql } = system.database;
  const unreadable = environmentIds[3]!;
  const featureId = await insertFeature(sql, projectId, 'unreadable');
  const stateId = await insertFeatureState(sql, unreadable, featureId, 'sesame unreadable');
  await sql`UPDATE features_featurestate SET uuid = '00000000-0000-1000-8000-000000000000' WHERE id = ${stateId}`;
  await fails(await sync(system, unreadable));

  const tooLarge = environmentIds[4]!;
  for (let n = 0; n < 45; n++)
    await insertFeatureState(
      sql,
      tooLarge,
      await insertFeature(sql, projectId, `large_${n}`),
      incompressible(),
    );
  await fails(await sync(system, tooLarge));
}

async function rebuild(system: TestSystem, { environmentIds }: Place): Promise<void> {
  const [one, ...others] = [environmentIds[1]!, environmentIds[3]!];
  await (await start(system, 'rebuildEnvironmentDocument', 'one', { environmentId: one })).result();
  for (const id of others)
    await fails(await start(system, 'rebuildEnvironmentDocument', 'refused', { environmentId: id }));
  await rebuildAll(system);
}

async function rebuildAll(system: TestSystem): Promise<void> {
  await (await startRebuildSweep(system.client, targetOf(system), { all: true })).result();
  await (await startVerifySweep(system.client, targetOf(system), { all: true, repair: true })).result();
}

async function changeKeyAndDelete(system: TestSystem, { environmentIds }: Place): Promise<void> {
  const { sql } = system.database;
  const [renamed, deleted] = environmentIds.slice(5) as [number, number];
  await sql`UPDATE environments_environment SET api_key = 'sesame another key' WHERE id = ${renamed}`;
  await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${deleted}`;
  // A sync of its own, so as not to wait for the minute between the two deletions.
  for (const environmentId of [renamed, deleted]) {
    const input = { environmentId, deleteAgainAfterMs: 300 };
    await (await start(system, 'environmentDocumentSync', `deletes-${environmentId}`, input)).result();
  }
}

/** An item is missing, a feature state is, and another item has no environment; mended at the second time. */
async function verify(system: TestSystem, { environmentIds }: Place): Promise<void> {
  const { client, dynamo, tables, database } = system;
  const { v1 } = await storedItems(system, environmentIds[1]!);
  const { api_key } = v1 as { api_key: AttributeValue };
  await dynamo.send(new DeleteItemCommand({ TableName: tables.v1, Key: { api_key } }));
  const orphan = { ...v1, api_key: { S: ORPHANED_KEY }, id: { N: '1000000' } };
  await dynamo.send(new PutItemCommand({ TableName: tables.v1, Item: orphan }));
  await database.sql`UPDATE features_featurestate SET deleted_at = now() WHERE environment_id = ${environmentIds[0]!}`;
  await database.sql`DELETE FROM document_sync.outbox`; // What is on its way would be waited for.
  const run = async (mend: object) =>
    (await startVerifySweep(client, targetOf(system), { all: true, ...mend })).result();
  const { drift } = await run({});
  assert.ok(drift.missing && drift.unseeded && drift.orphaned, JSON.stringify(drift));
  assert.ok((await run({ repair: true, seedMissing: true })).repairedCount > 0);
}

const start = (system: TestSystem, type: string, name: string, input: object): Promise<WorkflowHandle> =>
  system.client.workflow.start(type, {
    workflowId: `${system.database.name}-${type}-${name}`,
    taskQueue: system.taskQueue,
    args: [input],
  });

/** The run of the environment's sync that serves a change made now, or a later one. */
export async function sync(system: TestSystem, environmentId: number): Promise<WorkflowHandle> {
  const { sql } = system.database;
  const [environment] = await sql<{ projectId: number }[]>`
    SELECT project_id AS "projectId" FROM environments_environment WHERE id = ${environmentId}`;
  await insertAuditLog(sql, { projectId: environment!.projectId, environmentId });
  const isInOutbox = async () =>
    (
      await sql`
        SELECT FROM document_sync.outbox WHERE environment_id = ${environmentId} AND source = 'audit_log'`
    ).length > 0;
  // The relay takes it out once the run has been told.
  while (await isInOutbox()) await delay(50);
  const { workflowId, runId } = await system.syncOf(environmentId).describe();
  return system.client.workflow.getHandle(workflowId, runId);
}

async function fails(handle: WorkflowHandle): Promise<void> {
  const failed = await handle.result().then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error(`${handle.workflowId} was to fail.`);
}

async function untilTriedAgain(handle: WorkflowHandle): Promise<void> {
  for (;;) {
    const { raw } = await handle.describe();
    if (raw.pendingActivities?.some(({ lastFailure }) => lastFailure)) return;
    await delay(50);
  }
}

/** A value as long as Flagsmith's column takes. */
const incompressible = () => Array.from({ length: 555 }, () => crypto.randomUUID()).join('');
