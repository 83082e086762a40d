import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { startRebuildSweep } from '../../src/sweeps/startSweep.js';
import { DRIFT_KINDS, type DriftKind } from '../../src/verify/verification.js';
import { runScript } from '../frame/database.js';
import type { LiveServers } from '../frame/liveSystem.js';
import type { Documents } from './documents.js';
import { environmentIds } from './environments.js';
import { settingsOf } from './sweeps.js';

/** Environments by the kind of drift that was made of them. */
export type Drift = Record<DriftKind, number[]>;

/** Of a hundred environments one gets each kind. */
export const driftOf = (count: number): Drift =>
  Object.fromEntries(
    DRIFT_KINDS.map((kind, i) => [kind, environmentIds(count).filter((id) => id % 100 === i)]),
  ) as Drift;

/** Makes drift behind everybody's back: no trigger tells of it. Expects all documents to be current. */
export async function makeDrift(servers: LiveServers, drift: Drift, documents: Documents): Promise<void> {
  const { databaseUrl: url } = servers;
  // Documents without their last feature, rightly so for now.
  const shortened = [...drift.partial, ...drift.unseeded];
  await silently(
    url,
    `UPDATE public.features_featurestate SET deleted_at = now() WHERE ${lastOf(shortened)}`,
  );
  const sweep = await startRebuildSweep(servers.client, settingsOf(servers), { environmentIds: shortened });
  await sweep.result();
  await silently(
    url,
    `UPDATE public.features_featurestate SET deleted_at = NULL WHERE ${lastOf(drift.partial)};
     UPDATE public.environments_environment SET name = 'renamed' WHERE id IN (${drift.stale.join()});
     UPDATE public.environments_environment SET deleted_at = now() WHERE id IN (${drift.orphaned.join()})`,
  );
  for (const id of drift.missing) await deleteItems(servers, documents, id);
  for (const id of drift.foreign) await dropStamps(servers, documents, id);
}

const silently = (url: string, statements: string) =>
  runScript(url, `BEGIN; SET LOCAL session_replication_role = replica; ${statements}; COMMIT`);

/** Of each environment the feature state with the highest id. */
const lastOf = (ids: number[]) => `id IN (
  SELECT max(id) FROM public.features_featurestate WHERE environment_id IN (${ids.join()}) GROUP BY environment_id)`;

async function deleteItems({ dynamo, tables }: LiveServers, documents: Documents, id: number): Promise<void> {
  const { v1, v2 } = documents.get(id) ?? {};
  await dynamo.send(new DeleteItemCommand({ TableName: tables.v1, Key: only(v1, 'api_key') }));
  const key = only(v2, 'environment_id', 'document_key');
  await dynamo.send(new DeleteItemCommand({ TableName: tables.v2, Key: key }));
}

async function dropStamps({ dynamo, tables }: LiveServers, documents: Documents, id: number): Promise<void> {
  for (const version of ['v1', 'v2'] as const) {
    const { document_sync: stamp, ...item } = documents.get(id)?.[version] ?? {};
    if (!stamp) throw new Error(`Environment ${id} has no item of the product's.`);
    await dynamo.send(new PutItemCommand({ TableName: tables[version], Item: item }));
  }
}

const only = (item: DynamoItem = {}, ...names: string[]): DynamoItem =>
  Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
